// The int8 convolution by VPMADDWD: bytes widened to 16 bits, so that no product or sum of two can saturate. Tiles of
// up to 4 positions x 16 lanes: 8 accumulators, 4 vectors of weights, 2 of input.
#if defined(__x86_64__)
#include "../common/conv2d_walk.h"
#include "../tiers.h"
#include <immintrin.h>

#include "../common/avx2_begin.h"

typedef hrn_conv2d_i8 arguments;
typedef uint8_t element;
typedef int8_t weight;
typedef __m256i vector;
enum { PIXELS = 4, VECTORS = 2, K_STEP = 4 };

/// Four k of 16 lanes: in each 32-bit lane, k = 0 and 2 as 16-bit numbers in `even`, k = 1 and 3 in `odd`.
typedef struct {
  __m256i even[VECTORS], odd[VECTORS];
} weight_row;

HRN_INLINE weight_row load_row(const weight *w, int vectors) {
  weight_row row;
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) {
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)(w + 32 * v));
    row.even[v] = _mm256_srai_epi16(_mm256_slli_epi16(bytes, 8), 8);
    row.odd[v] = _mm256_srai_epi16(bytes, 8);
  }
  return row;
}

HRN_INLINE void add_row(vector acc[VECTORS], int vectors, const element *x, const weight_row *row, const weight *w) {
  (void)w;
  int32_t four;
  memcpy(&four, x, sizeof four);
  const __m256i input = _mm256_set1_epi32(four);
  const __m256i even = _mm256_and_si256(input, _mm256_set1_epi16(0xFF)), odd = _mm256_srli_epi16(input, 8);
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) {
    acc[v] = _mm256_add_epi32(acc[v], _mm256_madd_epi16(even, row->even[v]));
    acc[v] = _mm256_add_epi32(acc[v], _mm256_madd_epi16(odd, row->odd[v]));
  }
}

#include "conv2d_i8_finish256.h"

#include "../common/conv2d_tile.h"

TILE(1, 2) TILE(2, 2) TILE(3, 2) TILE(4, 2)

void hrn_conv2d_i8_avx2(const hrn_conv2d_i8 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  static const hrn_tile_function functions[] = {tile_1x2, tile_2x2, tile_3x2, tile_4x2};
  static const hrn_tiling tiling = {PIXELS, 8 * VECTORS, K_STEP, sizeof(element), functions};
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, a->shape.out_channels, group0, group1);
  hrn_conv2d_walk(&a->shape, &tiling, a, group0, group1, row0, row1);
}

#include "../common/avx2_end.h"
#endif
