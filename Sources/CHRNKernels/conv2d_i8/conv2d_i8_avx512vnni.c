// The int8 convolution by VPDPBUSD on 512-bit vectors: tiles of up to 7 positions x 64 lanes, which fill the 32
// registers with 28 accumulators, three vectors of weights and one input; the fourth vector of weights stays in memory.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx512_begin.h"
#include "../products/products_i8_avx512vnni.h"

#define PIXELS 7
#define HAS_NARROW_TILES 1
#define HAS_TURNS 1
#define HRN_NAME hrn_conv2d_i8_avx512vnni
typedef hrn_conv2d_i8 arguments;
enum { PIXEL_STEP = 64, UNROLL = 1, TURN_STEPS = 4 };

#include "conv2d_i8_finish512.h"
#include "../common/conv2d_steps.h"
#include "../common/conv2d_body.h"

#include "../common/tier_end.h"
#endif
