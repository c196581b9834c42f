// Pooling, vectorised by the compiler for AVX2.
#if defined(__x86_64__)
#include "../common/conv2d_geometry.h"
#include "../tiers.h"

#include "../common/avx2_begin.h"
#define HRN_NAME(kernel) hrn_##kernel##_avx2
#include "pool_body.h"
#include "../common/avx2_end.h"
#endif
