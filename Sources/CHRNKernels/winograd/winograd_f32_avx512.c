// The Winograd of floats on 512-bit vectors: products of up to 7 tiles x 64 lanes, 28 accumulators.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"
#include "winograd_f32_memory.h"

#include "../common/avx512_begin.h"
#include "../common/maps_bf16_512.h"
#include "../products/products_f32_avx512.h"

#define PART HRN_INLINE
#define PIXELS 7
#define HAS_NARROW_TILES 1
#define HRN_NAME(family) hrn_##family##_avx512
enum { UNROLL = HRN_STEPS(4), CHUNK = 32, FEW_CHUNK = 32, PAIRS = 3, SUM_LINES = 224 };

HRN_INLINE vector splat(float x) { return _mm512_set1_ps(x); }
HRN_INLINE vector add(vector a, vector b) { return _mm512_add_ps(a, b); }
HRN_INLINE vector subtract(vector a, vector b) { return _mm512_sub_ps(a, b); }
HRN_INLINE vector multiply(vector a, vector b) { return _mm512_mul_ps(a, b); }
HRN_INLINE vector multiply_add(vector a, vector b, vector c) { return _mm512_fmadd_ps(a, b, c); }
HRN_INLINE vector clamp_to(vector x, float low, float high) {
  return _mm512_min_ps(_mm512_max_ps(x, _mm512_set1_ps(low)), _mm512_set1_ps(high));
}

#include "winograd_f32_body.h"

#include "../common/tier_end.h"
#endif
