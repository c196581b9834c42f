// The float32 depthwise convolution on 128-bit vectors.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"

typedef hrn_conv2d_f32 arguments;
typedef float element;
typedef float weight;

#include "../common/maps_f32_neon.h"
#include "depthwise2d_float_neon.h"

void hrn_depthwise2d_f32_neon(const hrn_conv2d_f32 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  static const hrn_tile_function functions[] = {tile_1, tile_2, tile_3, tile_4};
  static const hrn_tiling tiling = {PIXELS, 16, 1, sizeof(element), functions, functions};
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, a->shape.out_channels, group0, group1);
  hrn_depthwise2d_walk(&a->shape, &tiling, a, a->weights, group0, group1, row0, row1);
}
#endif
