// Matrix times vector in int8 on i8mm.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"

#include "../common/i8mm_begin.h"
#include "../products/products_i8_i8mm.h"
#include "../products/products_i8_dots.h"
#define HRN_NAME hrn_linear_i8_i8mm
#include "linear_body.h"
#include "../common/tier_end.h"
#endif
