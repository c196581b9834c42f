// The Winograd of floats on 256-bit vectors: products of up to 6 tiles x 16 lanes, 12 accumulators.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"
#include "winograd_f32_memory.h"

#include "../common/avx2_begin.h"
#include "../common/maps_bf16_256.h"
#include "../products/products_f32_avx2.h"

#define PART HRN_INLINE
#define PIXELS 6
#define HAS_FEW_TILES 1
#define HRN_NAME(family) hrn_##family##_avx2
enum { UNROLL = HRN_STEPS(4), CHUNK = 64, FEW_CHUNK = 32, PAIRS = 1, SUM_LINES = 64 };

HRN_INLINE vector splat(float x) { return _mm256_set1_ps(x); }
HRN_INLINE vector add(vector a, vector b) { return _mm256_add_ps(a, b); }
HRN_INLINE vector subtract(vector a, vector b) { return _mm256_sub_ps(a, b); }
HRN_INLINE vector multiply(vector a, vector b) { return _mm256_mul_ps(a, b); }
HRN_INLINE vector multiply_add(vector a, vector b, vector c) { return _mm256_fmadd_ps(a, b, c); }
HRN_INLINE vector clamp_to(vector x, float low, float high) {
  return _mm256_min_ps(_mm256_max_ps(x, _mm256_set1_ps(low)), _mm256_set1_ps(high));
}

#include "winograd_f32_body.h"

#include "../common/tier_end.h"
#endif
