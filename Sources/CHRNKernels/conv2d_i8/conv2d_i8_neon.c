// The int8 convolution by SMLAL on bytes widened to 16 bits: tiles of up to 5 positions x 16 lanes, 20 accumulators.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"

#define PIXELS 5
#define HRN_NAME hrn_conv2d_i8_neon
typedef hrn_conv2d_i8 arguments;
enum { PIXEL_STEP = 0 };

#include "../products/products_i8_neon.h"
#include "conv2d_i8_finish_neon.h"
#include "../common/conv2d_body.h"
#endif
