// The float32 convolution on 128-bit vectors: tiles of up to 6 positions x 16 lanes, which fill the 32 registers with 24
// accumulators, 6 inputs and two vectors of weights.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"

#define PIXELS 6
#define HAS_LONE_EDGES 1
#define HRN_NAME hrn_conv2d_f32_neon
typedef hrn_conv2d_f32 arguments;
enum { PIXEL_STEP = 0 };

#include "../common/maps_f32_neon.h"
#include "../products/products_f32_lanes_neon.h"
#include "conv2d_f32_finish_neon.h"
#include "../common/conv2d_body.h"
#endif
