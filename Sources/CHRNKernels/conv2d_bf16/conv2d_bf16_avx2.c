// The bfloat16 convolution on 256-bit vectors: tiles of up to 6 positions x 16 lanes, 12 accumulators.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx2_begin.h"

#define PIXELS 6
#define HAS_LONE_EDGES 1
#define HRN_NAME hrn_conv2d_bf16_avx2
typedef hrn_conv2d_bf16 arguments;
enum { PIXEL_STEP = 0 };

#include "../common/maps_bf16_256.h"
#include "../products/products_bf16_avx2.h"
#include "../conv2d_f32/conv2d_f32_finish256.h"
#include "../common/conv2d_body.h"

#include "../common/tier_end.h"
#endif
