// The bfloat16 convolution by 512-bit dot products of pairs: tiles of up to 7 positions x 64 lanes, as in float32.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx512bf16_begin.h"

typedef hrn_conv2d_bf16 arguments;
enum { PIXELS = 7, PIXEL_STEP = 0, UNROLL = 1 };

#include "../common/maps_bf16_512.h"
#include "../products/products_bf16_avx512bf16.h"
#include "../conv2d_f32/conv2d_f32_finish512.h"
#include "../common/conv2d_steps.h"
#include "../common/conv2d_tile.h"

TILE(1, 4) TILE(2, 4) TILE(3, 4) TILE(4, 4) TILE(5, 4) TILE(6, 4) TILE(7, 4)
TILE(1, 1) TILE(2, 1) TILE(3, 1) TILE(4, 1) TILE(5, 1) TILE(6, 1) TILE(7, 1)

void hrn_conv2d_bf16_avx512bf16(const hrn_conv2d_bf16 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  static const hrn_tile_function functions[] = {tile_1x4, tile_2x4, tile_3x4, tile_4x4, tile_5x4, tile_6x4, tile_7x4};
  static const hrn_tile_function narrow[] = {tile_1x1, tile_2x1, tile_3x1, tile_4x1, tile_5x1, tile_6x1, tile_7x1};
  static const hrn_tiling tiling = {PIXELS, VECTOR_LANES * VECTORS, K_STEP, sizeof(element), functions, narrow};
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, a->shape.out_channels, group0, group1);
  hrn_conv2d_walk(&a->shape, &tiling, a, a->weights, 1, group0, group1, row0, row1);
}

#include "../common/avx512_end.h"
#endif
