// The float32 convolution on 256-bit vectors: tiles of up to 6 positions x 16 lanes, 12 accumulators.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx2_begin.h"
#include "../products/products_f32_avx2.h"

typedef hrn_conv2d_f32 arguments;
enum { PIXELS = 6, PIXEL_STEP = 16, UNROLL = HRN_STEPS(4) };

#include "../common/maps_f32_256.h"
#include "conv2d_f32_finish256.h"
#include "../common/conv2d_steps.h"
#include "../common/conv2d_tile.h"

TILE(1, 2) TILE(2, 2) TILE(3, 2) TILE(4, 2) TILE(5, 2) TILE(6, 2)

void hrn_conv2d_f32_avx2(const hrn_conv2d_f32 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  static const hrn_tile_function functions[] = {tile_1x2, tile_2x2, tile_3x2, tile_4x2, tile_5x2, tile_6x2};
  static const hrn_tiling tiling = {PIXELS, VECTOR_LANES * VECTORS, K_STEP, sizeof(element), functions, functions};
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, a->shape.out_channels, group0, group1);
  hrn_conv2d_walk(&a->shape, &tiling, a, a->weights, 1, group0, group1, row0, row1);
}

#include "../common/avx2_end.h"
#endif
