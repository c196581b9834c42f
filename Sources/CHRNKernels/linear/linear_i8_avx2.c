// Matrix times vector in int8 on AVX2.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx2_begin.h"
#include "../products/products_i8_avx2.h"
#define HRN_NAME hrn_linear_i8_avx2
#include "linear_body.h"
#include "../common/tier_end.h"
#endif
