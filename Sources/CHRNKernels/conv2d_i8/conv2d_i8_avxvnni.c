// The int8 convolution by VPDPBUSD on 256-bit vectors (VEX): tiles of up to 6 positions x 16 lanes, 12 accumulators.
#if defined(__x86_64__)
#include "../common/conv2d_walk.h"
#include "../tiers.h"
#include <immintrin.h>

#include "../common/avxvnni_begin.h"

typedef hrn_conv2d_i8 arguments;
typedef uint8_t element;
typedef int8_t weight;
typedef __m256i vector;
enum { PIXELS = 6, VECTORS = 2, K_STEP = 4 };

/// Four k of 16 lanes.
typedef struct {
  __m256i part[VECTORS];
} weight_row;

HRN_INLINE weight_row load_row(const weight *w, int vectors) {
  (void)vectors;
  return (weight_row){{_mm256_loadu_si256((const __m256i *)w), _mm256_loadu_si256((const __m256i *)(w + 32))}};
}

HRN_INLINE void add_row(vector acc[VECTORS], int vectors, const element *x, const weight_row *row, const weight *w) {
  (void)w;
  int32_t four;
  memcpy(&four, x, sizeof four);
  const __m256i input = _mm256_set1_epi32(four);
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) acc[v] = _mm256_dpbusd_avx_epi32(acc[v], input, row->part[v]);
}

#include "conv2d_i8_finish256.h"

#include "../common/conv2d_tile.h"

TILE(1, 2) TILE(2, 2) TILE(3, 2) TILE(4, 2) TILE(5, 2) TILE(6, 2)

void hrn_conv2d_i8_avxvnni(const hrn_conv2d_i8 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  static const hrn_tile_function functions[] = {tile_1x2, tile_2x2, tile_3x2, tile_4x2, tile_5x2, tile_6x2};
  static const hrn_tiling tiling = {PIXELS, 8 * VECTORS, K_STEP, sizeof(element), functions};
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, a->shape.out_channels, group0, group1);
  hrn_conv2d_walk(&a->shape, &tiling, a, group0, group1, row0, row1);
}

#include "../common/avxvnni_end.h"
#endif
