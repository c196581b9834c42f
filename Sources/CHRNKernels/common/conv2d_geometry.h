// The geometry that every convolution shares: which taps of a window lie inside the input, which lanes a group has.
#pragma once
#include "arithmetic.h"
#include "hrn_kernels.h"

/// The numbers [first, end).
typedef struct {
  int32_t first, end;
} hrn_range;

/// Part `index` of `parts` near-equal ones of [0, count).
static inline hrn_range hrn_part(int32_t count, int32_t index, int32_t parts) {
  return (hrn_range){(int32_t)((int64_t)count * index / parts), (int32_t)((int64_t)count * (index + 1) / parts)};
}

/// Of `kernel` taps, the first at input position `start` and `dilation` from one to the next, those inside [0, extent).
/// Where there are none, end is not greater than first.
static inline hrn_range hrn_taps_inside(int32_t start, int32_t kernel, int32_t dilation, int32_t extent) {
  const int32_t before = hrn_max_i32(0, -start), room = hrn_max_i32(0, extent - start);
  if (dilation == 1) return (hrn_range){.first = before, .end = hrn_min_i32(kernel, room)};
  return (hrn_range){.first = (before + dilation - 1) / dilation,
                     .end = hrn_min_i32(kernel, (room + dilation - 1) / dilation)};
}

static inline int32_t hrn_lanes(int32_t channels) { return (channels + 15) / 16 * 16; }

/// Lanes of one group: HRN_GROUP_LANES, fewer in the last.
static inline int32_t hrn_group_lanes(int32_t channels, int32_t group) {
  return hrn_min_i32(HRN_GROUP_LANES, hrn_lanes(channels) - group * HRN_GROUP_LANES);
}

/// Elements of packed weights that one lane takes: every k of every tap of every input block.
static inline int64_t hrn_depth(const hrn_conv2d_shape *s) {
  return (int64_t)s->in_blocks * s->kernel_height * s->kernel_width * s->in_block;
}

/// The input block that a group's lanes read first.
static inline int32_t hrn_first_block(const hrn_conv2d_shape *s, int32_t group) {
  const int64_t part = group * HRN_GROUP_LANES / s->part_outputs;
  const int64_t block = part * s->part_inputs / s->in_block;
  return (int32_t)(block < s->map_blocks - s->in_blocks ? block : s->map_blocks - s->in_blocks);
}

/// Where the input channel that a depthwise convolution's output channel c reads begins.
static inline int64_t hrn_input_lane(const hrn_conv2d_shape *s, int32_t c) {
  return c / s->out_block * s->in_block_stride + c % s->out_block;
}

/// Where channel c of output position (oy, ox) lies.
static inline int64_t hrn_output_offset(const hrn_conv2d_shape *s, int32_t oy, int32_t ox, int32_t c) {
  return c / s->out_block * s->out_block_stride + oy * s->out_row_stride + (int64_t)ox * s->out_block
         + c % s->out_block;
}

/// The biases of one output position.
static inline const int32_t *hrn_bias_at(const hrn_conv2d_i8 *a, int32_t oy, int32_t ox) {
  if (!a->row_class) return a->bias;
  const int64_t position_class = (int64_t)a->row_class[oy] * a->column_classes + a->column_class[ox];
  return a->bias + position_class * hrn_lanes(a->shape.out_channels);
}

/// The quantized value of channel c at `offset` of the output.
static inline int32_t hrn_requantize(const hrn_conv2d_i8 *a, int32_t sum, int32_t c, int64_t offset) {
  float t = (float)sum * a->multiplier[c];
  if (a->residual) t = t + ((float)a->residual[offset] - a->residual_zero) * a->residual_multiplier;
  t = t + a->output_zero;
  return hrn_quantize(t, a->low, a->high);
}

/// Zeroes the pool sums, int32 or float, of groups [group0, group1).
static inline void hrn_clear_sums(void *sums, int32_t channels, int32_t group0, int32_t group1) {
  const int32_t first = group0 * HRN_GROUP_LANES;
  const int32_t end = hrn_min_i32(group1 * HRN_GROUP_LANES, hrn_lanes(channels));
  memset((char *)sums + (int64_t)first * 4, 0, (size_t)(end - first) * 4);
}
