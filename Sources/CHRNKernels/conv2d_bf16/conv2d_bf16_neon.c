// The bfloat16 convolution on 128-bit vectors: tiles of up to 5 positions x 16 lanes, 20 accumulators.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"

#define PIXELS 5
#define HAS_LONE_EDGES 1
#define HRN_NAME hrn_conv2d_bf16_neon
typedef hrn_conv2d_bf16 arguments;
enum { PIXEL_STEP = 0 };

#include "../common/maps_bf16_neon.h"
#include "../products/products_bf16_neon.h"
#include "../conv2d_f32/conv2d_f32_finish_neon.h"
#include "../common/conv2d_body.h"
#endif
