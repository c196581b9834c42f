// The input of the int8 Winograd on 512-bit vectors, 32 channels at a time where blocks have as many and tiles are not
// few.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"
#include "winograd_i8_memory.h"

#include "../common/avx512_begin.h"

enum { LANES = 32 };
typedef int16_t words __attribute__((vector_size(64)));

HRN_INLINE words widen(const uint8_t *x) {
  return (words)_mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)x));
}

HRN_INLINE void store_words(int16_t *v, words x) { _mm512_storeu_si512(v, (__m512i)x); }

#include "winograd_input_i8_body.h"

void hrn_winograd_input_i8_avx512(const hrn_conv2d_i8 *a, int32_t block0, int32_t block1, int32_t row0, int32_t row1,
                                  int16_t *v) {
  const hrn_winograd_cover cover = hrn_winograd_cover_of(&a->shape, row0, row1, HRN_TAIL_INT8);
  if (a->shape.in_block % LANES || winograd_has_few(&cover)) hrn_winograd_input_i8_avx2(a, block0, block1, row0, row1, v);
  else transform_input(a, block0, block1, row0, row1, v);
}

#include "../common/tier_end.h"
#endif
