// The convolution of one tier and precision, in tiles of every size. A file per tier defines HRN_NAME, the name of the
// kernel, HAS_NARROW_TILES as 1 where VECTORS vectors are more than 16 lanes, and what conv2d_tile.h asks for.
#include "conv2d_tile.h"

TILES(tiles, VECTORS)
#if defined(HAS_NARROW_TILES)
TILES(narrow_tiles, 16 / VECTOR_LANES)
#else
#define narrow_tiles tiles
_Static_assert(VECTORS * VECTOR_LANES == 16, "a group's last 16 lanes have tiles");
#endif

void HRN_NAME(const arguments *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  static const hrn_tiling tiling = {
      .pixels = PIXELS, .lanes = VECTORS * VECTOR_LANES, .k_step = K_STEP, .element_bytes = sizeof(element),
      .has_lone_edges = HAS_LONE_EDGES, .functions = tiles, .narrow_functions = narrow_tiles};
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, a->shape.out_channels, group0, group1);
  hrn_conv2d_walk(&a->shape, &tiling, a, a->weights, is_uniform(a), group0, group1, row0, row1);
}
