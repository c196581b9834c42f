// hrn_winograd8 by 512-bit VPDPBUSD: a vector is all 16 lanes. Up to 12 tiles times two of them are computed at once, so
// that there are fewer loads than products.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx512_begin.h"

#define PIXELS 12
#define SLICES 2
#define POOL hrn_winograd8_pool_avx512vnni

#include "../products/products_i8_avx512vnni.h"
#include "winograd8_geometry.h"

HRN_INLINE void add_block(vector acc[PIXELS][VECTORS], int tiles, const element *x, const weight *w, int64_t slice_step,
                          int32_t steps, hrn_asking *ahead) {
  HRN_ALIGNED
  for (; steps > 0; steps--, x += K_STEP, w += K_STEP * WINOGRAD8_LANES) {
    if (ahead->next < ahead->end) {
      __builtin_prefetch(ahead->next, 0, 3);
      __builtin_prefetch(ahead->next + slice_step, 0, 3);
      ahead->next += ahead->step;
    }
    const vector first = _mm512_loadu_si512(w), second = _mm512_loadu_si512(w + slice_step);
    HRN_UNROLL
    for (int t = 0; t < tiles; t++) {
      int32_t four;
      memcpy(&four, x + t * WINOGRAD8_BLOCK, sizeof four);
      const vector input = _mm512_set1_epi32(four);
      acc[t][0] = add_products_in_order(acc[t][0], input, first);
      acc[t][1] = add_products_in_order(acc[t][1], input, second);
    }
  }
}

#define HRN_NAME(function) hrn_##function##_avx512vnni
#include "winograd8_pool.h"
#include "winograd8_products.h"

enum { INPUT_LANES = 32 };
typedef int16_t words __attribute__((vector_size(64)));

HRN_INLINE words load_words(const uint8_t *x) {
  return (words)_mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)x));
}

HRN_INLINE words scale_words(words x, int16_t multiplier) {
  return (words)_mm512_mulhrs_epi16((__m512i)x, _mm512_set1_epi16(multiplier));
}

HRN_INLINE void store_words(uint8_t *p, words x) {
  // Packing works in quarters of a vector, which has each quarter's bytes twice.
  const __m512i packed = _mm512_packus_epi16((__m512i)x, (__m512i)x);
  const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 0, 2, 4, 6);
  _mm256_storeu_si256((__m256i *)p, _mm512_castsi512_si256(_mm512_permutexvar_epi64(order, packed)));
}

#include "winograd8_input.h"

void hrn_winograd8_input_avx512vnni(const hrn_winograd8 *a, int32_t block0, int32_t block1, uint8_t *v) {
  if (a->shape.in_block % INPUT_LANES == 0) run_winograd8_input(a, block0, block1, v);
  else hrn_winograd8_input_avx2(a, block0, block1, v);
}

void hrn_winograd8_avx512vnni(const hrn_winograd8 *a, int32_t group0, int32_t group1, const uint8_t *v, void *scratch) {
  run_winograd8(a, group0, group1, v, scratch);
}

#include "../common/tier_end.h"
#endif
