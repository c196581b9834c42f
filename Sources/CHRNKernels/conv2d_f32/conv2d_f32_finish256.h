// Biases in and clamped values out, for tiles of 256-bit vectors of floats: 16 lanes as two. The type of the maps is that
// of arguments, load_map and store_map. HAS_FINISH_APART is defined as 1 where tiles are too many to have that each.

#include "conv2d_f32_start.h"

#if defined(HAS_FINISH_APART)
#define FINISH static __attribute__((noinline))
#define FINISH_UNROLL
#else
#define FINISH HRN_INLINE
#define FINISH_UNROLL HRN_UNROLL
#endif

/// The values of 8 sums; `residual` is null or where theirs lie.
HRN_INLINE __m256 finish(const arguments *a, __m256 sums, const element *residual) {
  if (residual) sums = _mm256_add_ps(sums, load_map(residual));
  return _mm256_min_ps(_mm256_max_ps(sums, _mm256_set1_ps(a->low)), _mm256_set1_ps(a->high));
}

/// Adds up the values of a tile, position after position.
static void pool_tile(vector sums[PIXELS][VECTORS], int pixels, const arguments *a, const hrn_tile *tile) {
  for (int v = 0; v < VECTORS; v++) {
    float *const pooled = a->pool_sums + tile->channel + 8 * v;
    __m256 total = _mm256_loadu_ps(pooled);
    for (int m = 0; m < pixels; m++) {
      const int64_t offset = tile->output + (int64_t)m * a->shape.out_block + 8 * v;
      total = _mm256_add_ps(total, finish(a, sums[m][v], a->residual ? a->residual + offset : NULL));
    }
    _mm256_storeu_ps(pooled, total);
  }
}

HRN_INLINE void store_tile(vector sums[PIXELS][VECTORS], int pixels, const arguments *a, const hrn_tile *tile,
                           const element *residual) {
  element *output = a->output + tile->output;
  FINISH_UNROLL
  for (int m = 0; m < pixels; m++) {
    HRN_UNROLL
    for (int v = 0; v < VECTORS; v++)
      store_map(output + 8 * v, finish(a, sums[m][v], residual ? residual + 8 * v : NULL));
    output += a->shape.out_block;
    if (residual) residual += a->shape.out_block;
  }
}

FINISH void finish_tile(vector sums[PIXELS][VECTORS], int pixels, int vectors, const arguments *a,
                        const hrn_tile *tile) {
  (void)vectors;
  if (a->pool_sums) pool_tile(sums, pixels, a, tile);
  else if (a->residual) store_tile(sums, pixels, a, tile, a->residual + tile->output);
  else store_tile(sums, pixels, a, tile, NULL);
}
