// What the float32 Winograd keeps in memory: the transformed input, and one thread's weights and sums.
#pragma once
#include "winograd_geometry.h"

enum {
  /// Channels of a block of transformed input: one cache line.
  HRN_V_LANES = 16,
  /// Floats of a thread's transformed weights, and of its sums. Both live in a second-level cache.
  HRN_U_FLOATS = 2 * HRN_POINTS * 33 * HRN_GROUP_LANES,
  HRN_M_FLOATS = HRN_POSITIONS * 33 * HRN_GROUP_LANES,
};

/// Transformed input, [position][block of 16 channels][tile][channel].
typedef struct {
  int32_t blocks;
  int64_t block_stride, position_stride;
} hrn_winograd_v;

/// Lines of a position, odd so that the positions of one tile do not compete for the same places in a cache.
static inline int64_t hrn_position_lines(int64_t lines) { return lines | 1; }

static inline hrn_winograd_v hrn_winograd_v_of(const hrn_conv2d_shape *s, const hrn_winograd_cover *c) {
  return (hrn_winograd_v){
      .blocks = s->in_blocks,
      .block_stride = (int64_t)c->tiles * HRN_V_LANES,
      .position_stride = hrn_position_lines((int64_t)s->in_blocks * c->tiles) * HRN_V_LANES,
  };
}
