// The bfloat16 convolution by 512-bit dot products of pairs: tiles of up to 7 positions x 64 lanes, as in float32.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx512bf16_begin.h"

#define PIXELS 7
#define HAS_NARROW_TILES 1
#define HAS_TURNS 1
#define HAS_BF16_STORES 1
#define HRN_NAME hrn_conv2d_bf16_avx512bf16
typedef hrn_conv2d_bf16 arguments;
enum { PIXEL_STEP = 16, UNROLL = 1, TURN_STEPS = 2 };

#include "../common/maps_bf16_512.h"
#include "../products/products_bf16_avx512bf16.h"
#include "../conv2d_f32/conv2d_f32_finish512.h"
#include "../common/conv2d_steps.h"
#include "../common/conv2d_body.h"

#include "../common/tier_end.h"
#endif
