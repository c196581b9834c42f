// Pooling, vectorised by the compiler for AVX2.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_geometry.h"

#include "../common/avx2_begin.h"
#include "../common/bf16.h"
#define HRN_NAME(kernel) hrn_##kernel##_avx2
#include "pool_body.h"
#include "../common/tier_end.h"
#endif
