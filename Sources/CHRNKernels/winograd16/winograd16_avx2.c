// The Winograd of bfloat16 products by 256-bit fused multiply-adds: up to 6 tiles x 16 lanes, 12 accumulators.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"
#include "winograd16_memory.h"

#include "../common/avx2_begin.h"

#define PART HRN_INLINE
#define PIXELS 6
#define HRN_NAME(family) hrn_##family##_avx2

#include "../common/maps_bf16_256.h"
#include "../products/products_bf16_avx2.h"

HRN_INLINE vector splat(float x) { return _mm256_set1_ps(x); }
HRN_INLINE vector add(vector a, vector b) { return _mm256_add_ps(a, b); }
HRN_INLINE vector subtract(vector a, vector b) { return _mm256_sub_ps(a, b); }
HRN_INLINE vector multiply_add(vector a, vector b, vector c) { return _mm256_fmadd_ps(a, b, c); }
HRN_INLINE vector load_sums(const float *p) { return _mm256_loadu_ps(p); }
HRN_INLINE void store_sums(float *p, vector x) { _mm256_storeu_ps(p, x); }
HRN_INLINE vector clamp_to(vector x, float low, float high) {
  return _mm256_min_ps(_mm256_max_ps(x, _mm256_set1_ps(low)), _mm256_set1_ps(high));
}

#include "winograd16_pairs.h"
#include "winograd16_body.h"

#include "../common/tier_end.h"
#endif
