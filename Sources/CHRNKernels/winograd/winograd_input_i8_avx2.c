// The input of the int8 Winograd on 256-bit vectors, 16 channels at a time.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"
#include "winograd_i8_memory.h"

#include "../common/avx2_begin.h"

#define HAS_FEW_TILES 1
enum { LANES = 16 };
typedef int16_t words __attribute__((vector_size(32)));

HRN_INLINE words widen(const uint8_t *x) {
  return (words)_mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)x));
}

HRN_INLINE void store_words(int16_t *v, words x) { _mm256_storeu_si256((__m256i *)v, (__m256i)x); }

#include "winograd_input_i8_body.h"

void hrn_winograd_input_i8_avx2(const hrn_conv2d_i8 *a, int32_t block0, int32_t block1, int32_t row0, int32_t row1,
                                int16_t *v) {
  transform_input(a, block0, block1, row0, row1, v);
}

#include "../common/tier_end.h"
#endif
