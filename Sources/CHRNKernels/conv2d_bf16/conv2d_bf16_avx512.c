// The bfloat16 convolution on 512-bit vectors: tiles of up to 6 positions x 64 lanes, which leave registers for four
// vectors of weights.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx512_begin.h"

#define PIXELS 6
#define HAS_NARROW_TILES 1
#define HAS_LONE_EDGES 1
#define HRN_NAME hrn_conv2d_bf16_avx512
typedef hrn_conv2d_bf16 arguments;
enum { PIXEL_STEP = 0 };

#include "../common/maps_bf16_512.h"
#include "../products/products_bf16_avx512.h"
#include "../conv2d_f32/conv2d_f32_finish512.h"
#include "../common/conv2d_body.h"

#include "../common/tier_end.h"
#endif
