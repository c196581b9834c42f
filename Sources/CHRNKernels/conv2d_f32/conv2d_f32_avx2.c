// The float32 convolution on 256-bit vectors: tiles of up to 6 positions x 16 lanes, 12 accumulators.
#if defined(__x86_64__)
#include "../common/conv2d_walk.h"
#include "../tiers.h"
#include <immintrin.h>

#include "../common/avx2_begin.h"
#include "../products/products_f32_avx2.h"

typedef hrn_conv2d_f32 arguments;
enum { PIXELS = 6 };

HRN_INLINE void start_tile(vector acc[PIXELS][VECTORS], int pixels, int vectors, const arguments *a,
                           const hrn_tile *tile) {
  HRN_UNROLL
  for (int m = 0; m < pixels; m++)
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) acc[m][v] = _mm256_loadu_ps(a->bias + tile->channel + 8 * v);
}

/// The values of 8 sums; `residual` is null or where theirs lie.
HRN_INLINE __m256 finish(const arguments *a, __m256 sums, const float *residual) {
  if (residual) sums = _mm256_add_ps(sums, _mm256_loadu_ps(residual));
  return _mm256_min_ps(_mm256_max_ps(sums, _mm256_set1_ps(a->low)), _mm256_set1_ps(a->high));
}

static void finish_tile(vector sums[PIXELS][VECTORS], int pixels, int vectors, const arguments *a,
                        const hrn_tile *tile) {
  for (int v = 0; v < vectors; v++) {
    float *const pooled = a->pool_sums ? a->pool_sums + tile->channel + 8 * v : NULL;
    __m256 total = pooled ? _mm256_loadu_ps(pooled) : _mm256_setzero_ps();
    for (int m = 0; m < pixels; m++) {
      const int64_t offset = tile->output + (int64_t)m * a->shape.out_block + 8 * v;
      const __m256 y = finish(a, sums[m][v], a->residual ? a->residual + offset : NULL);
      if (pooled) total = _mm256_add_ps(total, y);
      else _mm256_storeu_ps(a->output + offset, y);
    }
    if (pooled) _mm256_storeu_ps(pooled, total);
  }
}

#include "../common/conv2d_tile.h"

TILE(1, 2) TILE(2, 2) TILE(3, 2) TILE(4, 2) TILE(5, 2) TILE(6, 2)

void hrn_conv2d_f32_avx2(const hrn_conv2d_f32 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  static const hrn_tile_function functions[] = {tile_1x2, tile_2x2, tile_3x2, tile_4x2, tile_5x2, tile_6x2};
  static const hrn_tiling tiling = {PIXELS, VECTOR_LANES * VECTORS, K_STEP, sizeof(element), functions, functions};
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, a->shape.out_channels, group0, group1);
  hrn_conv2d_walk(&a->shape, &tiling, a, group0, group1, row0, row1);
}

#include "../common/avx2_end.h"
#endif
