// The depthwise convolution of one tier and precision, in register tiles of every size. A file per tier defines what is
// its own and includes this:
//
//   arguments, element, weight, vector, PIXELS, VECTORS, start_tile, finish_tile     as in conv2d_tile.h
//   add_taps                          the products of a rectangle of taps
//   HRN_NAME                          the name of the kernel
#include "../common/instances.h"

HRN_INLINE void run_tile(const arguments *a, const hrn_tile *tile, int pixels, int vectors) {
  vector acc[PIXELS][VECTORS], sums[PIXELS][VECTORS];
  const taps t = taps_of(a, tile);
  start_tile(acc, pixels, vectors, a, tile);
  if (t.rows > 0 && t.columns > 0) add_taps(acc, pixels, &t);
  HRN_UNROLL
  for (int m = 0; m < pixels; m++)
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) sums[m][v] = acc[m][v];
  finish_tile(sums, pixels, vectors, a, tile);
}

#define TILE(pixels, function, vectors)                                     \
  static void function(const void *args, hrn_tile *tile) {                  \
    for (int32_t left = tile->count; left > 0; left--, hrn_next_tile(tile)) \
      run_tile(args, tile, pixels, vectors);                                \
  }
HRN_INSTANCES(hrn_tile_function, tiles, PIXELS, TILE, VECTORS)

void HRN_NAME(const arguments *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  static const hrn_tiling tiling = {.pixels = PIXELS, .lanes = 16, .k_step = 1, .element_bytes = sizeof(element),
                                    .has_lone_edges = 1, .functions = tiles, .narrow_functions = tiles};
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, a->shape.out_channels, group0, group1);
  hrn_depthwise2d_walk(&a->shape, &tiling, a, a->weights, group0, group1, row0, row1);
}
