// The float32 convolution on 256-bit vectors: tiles of up to 6 positions x 16 lanes, 12 accumulators.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx2_begin.h"
#include "../products/products_f32_avx2.h"

#define PIXELS 6
#define HRN_NAME hrn_conv2d_f32_avx2
typedef hrn_conv2d_f32 arguments;
enum { PIXEL_STEP = 16, UNROLL = HRN_STEPS(4) };

#include "../common/maps_f32_256.h"
#include "conv2d_f32_finish256.h"
#include "../common/conv2d_steps.h"
#include "../common/conv2d_body.h"

#include "../common/tier_end.h"
#endif
