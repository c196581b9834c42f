// Matrix times vector in float32 on AVX-512.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx512_begin.h"
#include "../products/products_f32_avx512.h"
#define HRN_NAME hrn_linear_f32_avx512
#include "linear_body.h"
#include "../common/tier_end.h"
#endif
