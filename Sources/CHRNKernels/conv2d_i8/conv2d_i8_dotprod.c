// The int8 convolution by SDOT: tiles of up to 5 positions x 16 lanes, 20 accumulators. What inputs lack is added up once
// for all positions, in panels.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"

#include "../common/dotprod_begin.h"

#define PIXELS 5
#define HAS_TAP_SUMS 1
#define ODD_ZERO 128
typedef hrn_conv2d_i8 arguments;
enum { PIXEL_STEP = 0 };

#include "../products/products_i8_dotprod.h"
#include "../products/products_i8_dots.h"
#include "conv2d_i8_finish_neon.h"
#include "conv2d_i8_panel_neon.h"
#include "../common/conv2d_tile.h"

TILES(tiles, VECTORS)

void hrn_conv2d_i8_dotprod(const hrn_conv2d_i8 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  static const hrn_panels panels = {
      .fill = fill_panel, .pixels = PIXELS, .least_tiles = HRN_PANEL_TILES, .functions = tiles};
  run_panels(a, &hrn_conv2d_i8_packed_dotprod, &panels, group0, group1, row0, row1);
}

#include "../common/tier_end.h"
#endif
