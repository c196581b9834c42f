// Kernels that know channels, vectorised by the compiler for AVX2.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include <string.h>

#include "../common/avx2_begin.h"
#include "../common/arithmetic.h"
#define HRN_NAME(kernel) hrn_##kernel##_avx2
#include "channels_body.h"
#include "../common/tier_end.h"
#endif
