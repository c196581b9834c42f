// The int8 convolution by VPDPBUSD on 256-bit vectors (VEX): tiles of up to 6 positions x 16 lanes, 12 accumulators.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avxvnni_begin.h"
#include "../products/products_i8_avxvnni.h"

#define PIXELS 6
#define SPLIT_SUMS 6
#define HRN_NAME hrn_conv2d_i8_avxvnni
typedef hrn_conv2d_i8 arguments;
enum { PIXEL_STEP = 64, UNROLL = 1 };

#include "conv2d_i8_finish256.h"
#include "../common/conv2d_steps.h"
#include "../common/conv2d_body.h"

#include "../common/tier_end.h"
#endif
