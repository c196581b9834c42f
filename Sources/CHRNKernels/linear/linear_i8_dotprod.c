// Matrix times vector in int8 on dotprod.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"

#include "../common/dotprod_begin.h"
#include "../products/products_i8_dotprod.h"
#include "../products/products_i8_dots.h"
#define HRN_NAME hrn_linear_i8_dotprod
#include "linear_body.h"
#include "../common/tier_end.h"
#endif
