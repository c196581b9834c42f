// Matrix times vector in int8 on NEON.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"
#include "../products/products_i8_neon.h"
#define HRN_NAME hrn_linear_i8_neon
#include "linear_body.h"
#endif
