// Tiles of the int8 convolution by SMLAL on bytes widened to 16 bits, of weights as they are packed: up to 5 positions x
// 16 lanes, 20 accumulators.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"
#include "conv2d_i8_packed.h"

#define PIXELS 5
typedef hrn_conv2d_i8 arguments;
enum { PIXEL_STEP = 0 };

#include "../products/products_i8_neon.h"
#include "conv2d_i8_finish_neon.h"
#include "../common/conv2d_tile.h"

TILES(tiles, VECTORS)

const hrn_tiling hrn_conv2d_i8_packed_neon = {
    .pixels = PIXELS, .lanes = VECTORS * VECTOR_LANES, .k_step = K_STEP, .element_bytes = sizeof(element),
    .functions = tiles, .narrow_functions = tiles};
#endif
