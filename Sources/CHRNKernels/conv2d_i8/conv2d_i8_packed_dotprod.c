// Tiles of the int8 convolution by SDOT, of weights as they are packed: up to 4 positions x 16 lanes, 16 accumulators and
// 4 of what inputs lack.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"
#include "conv2d_i8_packed.h"

#include "../common/dotprod_begin.h"

#define PIXELS 4
typedef hrn_conv2d_i8 arguments;
enum { PIXEL_STEP = 0 };

#include "../products/products_i8_dotprod.h"
#include "../products/products_i8_dots.h"
#include "conv2d_i8_finish_neon.h"
#include "../common/conv2d_tile.h"

TILES(tiles, VECTORS)

const hrn_tiling hrn_conv2d_i8_packed_dotprod = {
    .pixels = PIXELS, .lanes = VECTORS * VECTOR_LANES, .k_step = K_STEP, .element_bytes = sizeof(element),
    .functions = tiles, .narrow_functions = tiles};

#include "../common/tier_end.h"
#endif
