// The int8 convolution by VPMADDUBSW, for narrow weights only: tiles of up to 5 positions x 16 lanes.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx2_begin.h"

#define PIXELS 5
#define HRN_NAME hrn_conv2d_i8_narrow_avx2
typedef hrn_conv2d_i8 arguments;
enum { PIXEL_STEP = 64 };

#include "../products/products_i8_narrow_avx2.h"
#include "conv2d_i8_finish256.h"
#include "../common/conv2d_body.h"

#include "../common/tier_end.h"
#endif
