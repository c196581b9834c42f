// The int8 convolution by SMLAL on bytes widened to 16 bits: tiles of up to 5 positions x 16 lanes, 20 accumulators.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"

#define HAS_TILES 1
typedef hrn_conv2d_i8 arguments;
enum { PIXELS = 5, PIXEL_STEP = 0 };

#include "../products/products_i8_neon.h"
#include "conv2d_i8_finish_neon.h"
#include "../common/conv2d_tile.h"

TILE(1, 4) TILE(2, 4) TILE(3, 4) TILE(4, 4) TILE(5, 4)

void hrn_conv2d_i8_neon(const hrn_conv2d_i8 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  static const hrn_tile_function functions[] = {tile_1x4, tile_2x4, tile_3x4, tile_4x4, tile_5x4};
  static const hrn_tiling tiling = {PIXELS, VECTOR_LANES * VECTORS, K_STEP, sizeof(element), functions, functions};
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, a->shape.out_channels, group0, group1);
  hrn_conv2d_walk(&a->shape, &tiling, a, a->weights, !a->row_class, group0, group1, row0, row1);
}
#endif
