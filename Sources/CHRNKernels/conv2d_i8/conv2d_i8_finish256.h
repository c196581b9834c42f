// Biases in and requantized values out, for the int8 tiles of the 256-bit tiers: 16 lanes as two vectors.

#include "conv2d_i8_start.h"

/// What requantizing takes, in registers.
typedef struct {
  __m256 residual_zero, residual_multiplier, output_zero, low, high;
} requantizer;

/// The quantized values of 8 sums; `residual` is null or where theirs lie.
HRN_INLINE __m256i requantize(const requantizer *r, __m256i sums, __m256 multiplier, const uint8_t *residual) {
  __m256 t = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), multiplier);
  if (residual) {
    const __m256i bytes = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)residual));
    const __m256 centred = _mm256_sub_ps(_mm256_cvtepi32_ps(bytes), r->residual_zero);
    t = _mm256_add_ps(t, _mm256_mul_ps(centred, r->residual_multiplier));
  }
  t = _mm256_add_ps(t, r->output_zero);
  t = _mm256_min_ps(_mm256_max_ps(t, r->low), r->high);
  return _mm256_cvtps_epi32(t);
}

/// 16 values that fit a byte, stored in order.
HRN_INLINE void store_bytes(uint8_t *out, __m256i low, __m256i high) {
  const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xD8);
  _mm_storeu_si128((__m128i *)out, _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)));
}

/// Adds the tile's values to the pool sums of its channels.
static void pool_tile(vector (*sums)[VECTORS], int pixels, const arguments *a, const hrn_tile *tile,
                      const requantizer *r) {
  for (int v = 0; v < VECTORS; v++) {
    const __m256 multiplier = _mm256_loadu_ps(a->multiplier + tile->channel + 8 * v);
    const uint8_t *residual = a->residual ? a->residual + tile->output + 8 * v : NULL;
    __m256i *const pooled = (__m256i *)(a->pool_sums + tile->channel + 8 * v);
    __m256i total = _mm256_loadu_si256(pooled);
    for (int m = 0; m < pixels; m++)
      total = _mm256_add_epi32(
          total, requantize(r, sums[m][v], multiplier, residual ? residual + (int64_t)m * a->shape.out_block : NULL));
    _mm256_storeu_si256(pooled, total);
  }
}

static void finish_tile(vector (*sums)[VECTORS], int pixels, int vectors, const arguments *a, const hrn_tile *tile) {
  (void)vectors;
  const requantizer r = {
      _mm256_set1_ps(a->residual_zero), _mm256_set1_ps(a->residual_multiplier), _mm256_set1_ps(a->output_zero),
      _mm256_set1_ps(a->low), _mm256_set1_ps(a->high)};
  if (a->pool_sums) {
    pool_tile(sums, pixels, a, tile, &r);
    return;
  }
  const __m256 low = _mm256_loadu_ps(a->multiplier + tile->channel);
  const __m256 high = _mm256_loadu_ps(a->multiplier + tile->channel + 8);
  const int64_t step = a->shape.out_block;
  uint8_t *output = a->output + tile->output;
  if (!a->residual) {
    for (int m = 0; m < pixels; m++, output += step)
      store_bytes(output, requantize(&r, sums[m][0], low, NULL), requantize(&r, sums[m][1], high, NULL));
    return;
  }
  const uint8_t *residual = a->residual + tile->output;
  for (int m = 0; m < pixels; m++, output += step, residual += step)
    store_bytes(output, requantize(&r, sums[m][0], low, residual), requantize(&r, sums[m][1], high, residual + 8));
}
