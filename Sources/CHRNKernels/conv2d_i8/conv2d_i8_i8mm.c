// The int8 convolution by SUDOT: tiles of up to 5 positions x 16 lanes, 20 accumulators.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"

#include "../common/i8mm_begin.h"

#define PIXELS 5
#define HRN_NAME hrn_conv2d_i8_i8mm
typedef hrn_conv2d_i8 arguments;
enum { PIXEL_STEP = 0 };

#include "../products/products_i8_i8mm.h"
#include "../products/products_i8_dots.h"
#include "conv2d_i8_finish_neon.h"
#include "../common/conv2d_body.h"

#include "../common/tier_end.h"
#endif
