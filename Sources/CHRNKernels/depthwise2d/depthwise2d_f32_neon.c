// The float32 depthwise convolution on 128-bit vectors.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"

#define HRN_NAME hrn_depthwise2d_f32_neon
typedef hrn_conv2d_f32 arguments;
typedef float element;
typedef float weight;

#include "../common/maps_f32_neon.h"
#include "depthwise2d_float_neon.h"
#endif
