// The int8 convolution of tiers that prepare weights in panels.
#pragma once
#include "../common/conv2d_walk.h"

/// Tiles on weights as they are packed, for what has no panel.
extern const hrn_tiling hrn_conv2d_i8_packed_avx2;
extern const hrn_tiling hrn_conv2d_i8_packed_neon;
extern const hrn_tiling hrn_conv2d_i8_packed_dotprod;

/// The whole call.
HRN_INLINE void run_panels(const hrn_conv2d_i8 *a, const hrn_tiling *packed, const hrn_panels *panels, int32_t group0,
                           int32_t group1, int32_t row0, int32_t row1) {
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, a->shape.out_channels, group0, group1);
  hrn_conv2d_walk_panels(&a->shape, packed, panels, a, a->weights, !a->row_class, group0, group1, row0, row1);
}
