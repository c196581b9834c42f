// Elementwise kernels, vectorised by the compiler for AVX2.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include <string.h>

#include "../common/avx2_begin.h"
#include "../common/arithmetic.h"
#include "../common/bf16.h"
#define HRN_NAME(kernel) hrn_##kernel##_avx2
#include "elementwise_body.h"
#include "../common/tier_end.h"
#endif
