// What the files of the int8 convolution on AVX2 share.
#pragma once
#include "../common/conv2d_walk.h"

/// Tiles of 1 to 5 positions x 16 lanes on weights as they are packed.
extern const hrn_tile_function hrn_conv2d_i8_packed_tiles_avx2[5];
