// The float32 convolution on 512-bit vectors: tiles of up to 7 positions x 64 lanes, which fill the 32 registers with
// 28 accumulators, three vectors of weights and one input; the fourth vector of weights stays in memory.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx512_begin.h"
#include "../products/products_f32_avx512.h"

#define PIXELS 7
#define HAS_NARROW_TILES 1
#define HAS_TURNS 1
#define HAS_FAR_MAPS 1
#define HRN_NAME hrn_conv2d_f32_avx512
typedef hrn_conv2d_f32 arguments;
enum { PIXEL_STEP = 16, UNROLL = 1, TURN_STEPS = 2 };

#include "../common/maps_f32_512.h"
#include "conv2d_f32_finish512.h"
#include "../common/conv2d_steps.h"
#include "../common/conv2d_body.h"

#include "../common/tier_end.h"
#endif
