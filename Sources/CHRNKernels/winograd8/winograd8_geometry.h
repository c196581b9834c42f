// Where V8 and M of hrn_winograd8 lie in memory, which covers a map as common/f23_cover.h says.
//
//   v   [position][k / 64][tile][64], the last 64 as far as there are channels
//   m   [slice][position][tile][16], of one or two slices of 16 lanes at a time
#pragma once
#include "../common/f23_cover.h"

/// Channels that are transformed at a time, and output lanes of a slice; slices at once, at most; channels of a block of v.
enum { WINOGRAD8_LANES = 16, WINOGRAD8_SLICES = 2, WINOGRAD8_BLOCK = 64 };

/// Input channels of packed weights, a multiple of 16.
static inline int32_t winograd8_depth(const hrn_conv2d_shape *s) { return s->map_blocks * s->in_block; }

/// Bytes between blocks of v, and between its positions: a line more, lest all of them meet in one set of a cache.
static inline int64_t winograd8_block_step(const hrn_f23_cover *c) { return (int64_t)c->tiles * WINOGRAD8_BLOCK; }
static inline int64_t winograd8_v_step(const hrn_conv2d_shape *s, const hrn_f23_cover *c) {
  const int64_t blocks = ((int64_t)winograd8_depth(s) + WINOGRAD8_BLOCK - 1) / WINOGRAD8_BLOCK;
  return blocks * winograd8_block_step(c) + WINOGRAD8_BLOCK;
}

/// Elements of m between positions.
static inline int64_t winograd8_m_step(const hrn_f23_cover *c) {
  return (int64_t)(c->tiles + 1) * WINOGRAD8_LANES;
}

/// U of position p of the 16 lanes from `channel` on.
static inline const int8_t *winograd8_weights(const hrn_winograd8 *a, int32_t channel, int32_t p) {
  return a->weights + ((int64_t)channel * HRN_F23_POSITIONS + p * WINOGRAD8_LANES) * winograd8_depth(&a->shape);
}

/// Adds all tiles' outputs of the 16 lanes from `channel` on to their pool sums, which are set before.
void hrn_winograd8_pool_scalar(const hrn_winograd8 *a, const hrn_f23_cover *cover, int32_t channel, const int32_t *m);
void hrn_winograd8_pool_avx2(const hrn_winograd8 *a, const hrn_f23_cover *cover, int32_t channel, const int32_t *m);
void hrn_winograd8_pool_avx512vnni(const hrn_winograd8 *a, const hrn_f23_cover *cover, int32_t channel,
                                   const int32_t *m);
