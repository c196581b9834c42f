// The int8 convolution by VPMADDWD on bytes widened to 16 bits, or by VPMADDUBSW where weights are narrow: tiles of up to
// 5 positions x 16 lanes. Weights are widened once for all positions, in panels.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"
#include "conv2d_i8_packed.h"

#include "../common/avx2_begin.h"

#define PIXELS 5
#define HAS_WIDE_WEIGHTS
typedef hrn_conv2d_i8 arguments;
enum { PIXEL_STEP = 64 };

#include "../products/products_i8_wide_avx2.h"
#include "conv2d_i8_finish256.h"
#include "../common/conv2d_tile.h"

TILES(tiles, VECTORS)

_Static_assert(sizeof(weight_row) == HRN_PANEL_ROW, "a row of a panel has its place");

static void fill_panel(void *panel, const uint8_t *weights, int32_t rows, int32_t tap_rows, int64_t step) {
  (void)tap_rows;
  for (int32_t row = 0; row < rows; row++)
    store_row((weight *)panel + row * 16 * K_STEP, widen_row((const int8_t *)weights + row * step, VECTORS));
}

void hrn_conv2d_i8_avx2(const hrn_conv2d_i8 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  static const hrn_panels panels = {.fill = fill_panel, .pixels = PIXELS, .least_tiles = 1, .functions = tiles};
  if (a->is_narrow) {
    hrn_conv2d_i8_narrow_avx2(a, group0, group1, row0, row1);
    return;
  }
  run_panels(a, &hrn_conv2d_i8_packed_avx2, &panels, group0, group1, row0, row1);
}

#include "../common/tier_end.h"
#endif
