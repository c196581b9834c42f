// Matrix times vector in float32 on NEON.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"
#include "../products/products_f32_neon.h"
#define HRN_NAME hrn_linear_f32_neon
#include "linear_body.h"
#endif
