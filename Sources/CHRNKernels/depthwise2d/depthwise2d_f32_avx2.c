// The float32 depthwise convolution on 256-bit vectors.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx2_begin.h"

#define HRN_NAME hrn_depthwise2d_f32_avx2
typedef hrn_conv2d_f32 arguments;
typedef float element;
typedef float weight;

#include "../common/maps_f32_256.h"
#include "depthwise2d_float256.h"

#include "../common/tier_end.h"
#endif
