// What the files of the int8 convolution on AVX2 share.
#pragma once
#include "../common/conv2d_walk.h"

/// Tiles on weights as they are packed.
extern const hrn_tiling hrn_conv2d_i8_packed_avx2;
