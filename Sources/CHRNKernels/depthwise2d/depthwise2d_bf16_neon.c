// The bfloat16 depthwise convolution on 128-bit vectors.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"

#define HRN_NAME hrn_depthwise2d_bf16_neon
typedef hrn_conv2d_bf16 arguments;
typedef uint16_t element;
typedef uint16_t weight;

#include "../common/maps_bf16_neon.h"
#include "depthwise2d_float_neon.h"
#endif
