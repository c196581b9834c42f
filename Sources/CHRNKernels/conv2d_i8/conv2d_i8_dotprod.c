// The int8 convolution by SDOT: tiles of up to 5 positions x 16 lanes, 20 accumulators and 4 of what inputs lack.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"

#include "../common/dotprod_begin.h"

#define PIXELS 5
#define HRN_NAME hrn_conv2d_i8_dotprod
typedef hrn_conv2d_i8 arguments;
enum { PIXEL_STEP = 0 };

#include "../products/products_i8_dotprod.h"
#include "../products/products_i8_dots.h"
#include "conv2d_i8_finish_neon.h"
#include "../common/conv2d_body.h"

#include "../common/tier_end.h"
#endif
