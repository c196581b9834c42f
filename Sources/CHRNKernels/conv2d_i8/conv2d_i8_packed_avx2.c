// Tiles of the int8 convolution by VPMADDWD that widen weights themselves: for chunks of more rows than a panel has.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"
#include "conv2d_i8_avx2.h"

#include "../common/avx2_begin.h"

typedef hrn_conv2d_i8 arguments;
enum { PIXELS = 5, PIXEL_STEP = 0, UNROLL = 1 };

#include "../products/products_i8_avx2.h"
#include "../common/conv2d_steps.h"
#include "conv2d_i8_finish256.h"
#include "../common/conv2d_tile.h"

TILE(1, 2) TILE(2, 2) TILE(3, 2) TILE(4, 2) TILE(5, 2)

const hrn_tile_function hrn_conv2d_i8_packed_tiles_avx2[] = {tile_1x2, tile_2x2, tile_3x2, tile_4x2, tile_5x2};

#include "../common/avx2_end.h"
#endif
