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
#define HRN_NAME(family) hrn_##family##_avx512
enum { PIXELS = 7, UNROLL = HRN_STEPS(4), CHUNK = 32, FEW_CHUNK = 32, SUM_LINES = 224 };

HRN_INLINE vector splat(float x) { return _mm512_set1_ps(x); }
HRN_INLINE vector add(vector a, vector b) { return _mm512_add_ps(a, b); }
HRN_INLINE vector subtract(vector a, vector b) { return _mm512_sub_ps(a, b); }
HRN_INLINE vector multiply(vector a, vector b) { return _mm512_mul_ps(a, b); }
HRN_INLINE vector multiply_add(vector a, vector b, vector c) { return _mm512_fmadd_ps(a, b, c); }
HRN_INLINE vector clamp_to(vector x, float low, float high) {
  return _mm512_min_ps(_mm512_max_ps(x, _mm512_set1_ps(low)), _mm512_set1_ps(high));
}

#define ALL_PRODUCTS                                                                                             \
  PRODUCTS(1, 4) PRODUCTS(2, 4) PRODUCTS(3, 4) PRODUCTS(4, 4) PRODUCTS(5, 4) PRODUCTS(6, 4) PRODUCTS(7, 4)       \
  PRODUCTS(1, 1) PRODUCTS(2, 1) PRODUCTS(3, 1) PRODUCTS(4, 1) PRODUCTS(5, 1) PRODUCTS(6, 1) PRODUCTS(7, 1)
#define WIDE_PRODUCTS \
  {products_1x4, products_2x4, products_3x4, products_4x4, products_5x4, products_6x4, products_7x4}
#define NARROW_PRODUCTS \
  {products_1x1, products_2x1, products_3x1, products_4x1, products_5x1, products_6x1, products_7x1}
#include "winograd_f32_body.h"

#include "../common/avx512_end.h"
#endif
