// What the float32 Winograd reads and keeps in memory: a convolution of maps of either width, the transformed input, and
// one thread's weights and sums.
#pragma once
#include "winograd_geometry.h"

/// hrn_conv2d_f32, or hrn_conv2d_bf16.
typedef struct {
  const hrn_conv2d_shape *shape;
  const void *input, *weights, *residual;
  const float *bias;
  float low, high;
  void *output;
  float *pool_sums;
  int is_bf16;
} hrn_winograd_convolution;

static inline hrn_winograd_convolution hrn_winograd_of_f32(const hrn_conv2d_f32 *a) {
  return (hrn_winograd_convolution){&a->shape, a->input, a->weights, a->residual, a->bias,
                                    a->low, a->high, a->output, a->pool_sums, 0};
}

static inline hrn_winograd_convolution hrn_winograd_of_bf16(const hrn_conv2d_bf16 *a) {
  return (hrn_winograd_convolution){&a->shape, a->input, a->weights, a->residual, a->bias,
                                    a->low, a->high, a->output, a->pool_sums, 1};
}

enum {
  /// Channels of a block of transformed input: one cache line.
  HRN_V_LANES = 16,
  /// Floats of a thread's transformed weights, and of its sums. Both live in a second-level cache.
  HRN_U_FLOATS = HRN_POSITIONS * 33 * HRN_GROUP_LANES,
  HRN_M_FLOATS = HRN_POSITIONS * 57 * HRN_GROUP_LANES,
};

/// The inputs of a tile, as floats, and zeros outside the map.
typedef struct {
  _Alignas(64) float at[HRN_POINTS][HRN_POINTS][HRN_V_LANES];
} hrn_winograd_patch;

/// Transformed input, [position][block of 16 channels][tile][channel], or where positions are of one block at a time,
/// [block of 16 channels][position][tile][channel], which takes no more.
typedef struct {
  int32_t blocks;
  int64_t block_stride, position_stride;
} hrn_winograd_v;

/// Lines of a position, odd so that the positions of one tile do not compete for the same places in a cache.
static inline int64_t hrn_position_lines(int64_t lines) { return lines | 1; }

static inline hrn_winograd_v hrn_winograd_v_of(const hrn_conv2d_shape *s, const hrn_winograd_cover *c,
                                               int is_by_block) {
  const int64_t tiles = (int64_t)c->tiles * HRN_V_LANES;
  if (is_by_block) return (hrn_winograd_v){s->in_blocks, HRN_POSITIONS * tiles, tiles};
  return (hrn_winograd_v){
      .blocks = s->in_blocks,
      .block_stride = tiles,
      .position_stride = hrn_position_lines((int64_t)s->in_blocks * c->tiles) * HRN_V_LANES,
  };
}
