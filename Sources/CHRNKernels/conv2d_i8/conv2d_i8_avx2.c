// The int8 convolution by VPMADDWD on bytes widened to 16 bits, or by VPMADDUBSW where weights are narrow: tiles of up to
// 5 positions x 16 lanes.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx2_begin.h"

typedef hrn_conv2d_i8 arguments;
enum { PIXELS = 5, PIXEL_STEP = 64 };

#include "../products/products_i8_wide_avx2.h"
#include "conv2d_i8_finish256.h"
#include "../common/conv2d_tile.h"

TILE(1, 2) TILE(2, 2) TILE(3, 2) TILE(4, 2) TILE(5, 2)

void hrn_conv2d_i8_avx2(const hrn_conv2d_i8 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  static const hrn_tile_function functions[] = {tile_1x2, tile_2x2, tile_3x2, tile_4x2, tile_5x2};
  static const hrn_tiling tiling = {PIXELS, VECTOR_LANES * VECTORS, K_STEP, sizeof(element), functions, functions};
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, a->shape.out_channels, group0, group1);
  if (a->is_narrow) hrn_conv2d_i8_narrow_avx2(a, group0, group1, row0, row1);
  else hrn_conv2d_walk(&a->shape, &tiling, a, a->weights, !a->row_class, group0, group1, row0, row1);
}

#include "../common/avx2_end.h"
#endif
