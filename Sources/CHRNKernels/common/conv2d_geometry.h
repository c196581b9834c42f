// The geometry that every convolution shares: which taps of a window lie inside the input, which lanes a group has.
#pragma once
#include "arithmetic.h"
#include "hrn_kernels.h"

/// The numbers [first, end).
typedef struct {
  int32_t first, end;
} hrn_range;

/// Of `kernel` taps, the first at input position `start`, those inside [0, extent).
static inline hrn_range hrn_taps_inside(int32_t start, int32_t kernel, int32_t extent) {
  return (hrn_range){.first = hrn_max_i32(0, -start), .end = hrn_min_i32(kernel, extent - start)};
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

/// Zeroes the pool sums, int32 or float, of groups [group0, group1).
static inline void hrn_clear_sums(void *sums, int32_t channels, int32_t group0, int32_t group1) {
  const int32_t first = group0 * HRN_GROUP_LANES;
  const int32_t end = hrn_min_i32(group1 * HRN_GROUP_LANES, hrn_lanes(channels));
  memset((char *)sums + (int64_t)first * 4, 0, (size_t)(end - first) * 4);
}
