// hrn_winograd8 by VPMADDWD on bytes widened to 16 bits, or by VPMADDUBSW where weights are narrow.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx2_begin.h"

#define PIXELS 5

#include "../products/products_i8_wide_avx2.h"
#include "winograd8_geometry.h"
#define HRN_NAME(function) hrn_##function##_avx2
#include "winograd8_pool.h"
#include "winograd8_products.h"

enum { INPUT_LANES = 16 };
typedef int16_t words __attribute__((vector_size(32)));

HRN_INLINE words load_words(const uint8_t *x) {
  return (words)_mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)x));
}

HRN_INLINE words scale_words(words x, int16_t multiplier) {
  return (words)_mm256_mulhrs_epi16((__m256i)x, _mm256_set1_epi16(multiplier));
}

HRN_INLINE void store_words(uint8_t *p, words x) {
  const __m128i low = _mm256_castsi256_si128((__m256i)x), high = _mm256_extracti128_si256((__m256i)x, 1);
  _mm_storeu_si128((__m128i *)p, _mm_packus_epi16(low, high));
}

#include "winograd8_input.h"

void hrn_winograd8_input_avx2(const hrn_winograd8 *a, int32_t block0, int32_t block1, uint8_t *v) {
  run_winograd8_input(a, block0, block1, v);
}

void hrn_winograd8_avx2(const hrn_winograd8 *a, int32_t group0, int32_t group1, const uint8_t *v, void *scratch) {
  if (a->is_narrow) hrn_winograd8_narrow_avx2(a, group0, group1, v, scratch);
  else run_winograd8(a, group0, group1, v, scratch);
}

#include "../common/tier_end.h"
#endif
