// Matrix times vector in int8 on AVX-VNNI.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avxvnni_begin.h"
#include "../products/products_i8_avxvnni.h"
#define HRN_NAME hrn_linear_i8_avxvnni
#include "linear_body.h"
#include "../common/tier_end.h"
#endif
