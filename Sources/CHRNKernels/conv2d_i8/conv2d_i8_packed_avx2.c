// Tiles of the int8 convolution by VPMADDWD that widen weights themselves: for chunks of more rows than a panel has.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"
#include "conv2d_i8_packed.h"

#include "../common/avx2_begin.h"

#define PIXELS 5
typedef hrn_conv2d_i8 arguments;
enum { PIXEL_STEP = 0, UNROLL = 1 };

#include "../products/products_i8_avx2.h"
#include "../common/conv2d_steps.h"
#include "conv2d_i8_finish256.h"
#include "../common/conv2d_tile.h"

TILES(tiles, VECTORS)

const hrn_tiling hrn_conv2d_i8_packed_avx2 = {
    .pixels = PIXELS, .lanes = VECTORS * VECTOR_LANES, .k_step = K_STEP, .element_bytes = sizeof(element),
    .functions = tiles, .narrow_functions = tiles};

#include "../common/tier_end.h"
#endif
