// Biases in and requantized values out, for the int8 tiles of the 256-bit tiers: 16 lanes as two vectors.

#include "conv2d_i8_start.h"

/// What requantizing takes, in registers.
typedef struct {
  __m256 residual_zero, residual_multiplier, output_zero, low, high;
} requantizer;

/// The quantized values of 8 sums; `residual` is null or where theirs lie. Where `is_plain`, zeros are 0 and what is below
/// 0 stays so, as does what is no number, which converting makes the least one.
HRN_INLINE __m256i requantize(const requantizer *r, __m256i sums, __m256 multiplier, const uint8_t *residual,
                              int is_plain) {
  __m256 t = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), multiplier);
  if (residual) {
    __m256 centred = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)residual)));
    if (!is_plain) centred = _mm256_sub_ps(centred, r->residual_zero);
    t = _mm256_add_ps(t, _mm256_mul_ps(centred, r->residual_multiplier));
  }
  if (!is_plain) t = _mm256_max_ps(_mm256_add_ps(t, r->output_zero), r->low);
  return _mm256_cvtps_epi32(_mm256_min_ps(r->high, t));
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
      total = _mm256_add_epi32(total, requantize(r, sums[m][v], multiplier,
                                                 residual ? residual + (int64_t)m * a->shape.out_block : NULL, 0));
    _mm256_storeu_si256(pooled, total);
  }
}

/// A position's 16 values as words: the first four of each vector, then the others.
HRN_INLINE __m256i requantize_position(const requantizer *r, const vector sums[VECTORS], const __m256 multiplier[2],
                                       const uint8_t *residual, int is_plain) {
  return _mm256_packs_epi32(requantize(r, sums[0], multiplier[0], residual, is_plain),
                            requantize(r, sums[1], multiplier[1], residual ? residual + 8 : NULL, is_plain));
}

/// Bytes of two positions in order: what is below 0 as 0.
HRN_INLINE __m256i pack_positions(__m256i first, __m256i second) {
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  return _mm256_permutevar8x32_epi32(_mm256_packus_epi16(first, second), order);
}

HRN_INLINE void store_tile(vector (*sums)[VECTORS], int pixels, const arguments *a, const hrn_tile *tile,
                           const requantizer *r, const uint8_t *residual, int is_plain) {
  const float *multipliers = a->multiplier + tile->channel;
  const __m256 multiplier[2] = {_mm256_loadu_ps(multipliers), _mm256_loadu_ps(multipliers + 8)};
  const int64_t step = a->shape.out_block;
  uint8_t *output = a->output + tile->output;
  for (; pixels >= 2; pixels -= 2, sums += 2, output += 2 * step) {
    const __m256i first = requantize_position(r, sums[0], multiplier, residual, is_plain);
    const __m256i second =
        requantize_position(r, sums[1], multiplier, residual ? residual + step : NULL, is_plain);
    const __m256i bytes = pack_positions(first, second);
    _mm_storeu_si128((__m128i *)output, _mm256_castsi256_si128(bytes));
    _mm_storeu_si128((__m128i *)(output + step), _mm256_extracti128_si256(bytes, 1));
    if (residual) residual += 2 * step;
  }
  if (pixels == 0) return;
  const __m256i last = requantize_position(r, sums[0], multiplier, residual, is_plain);
  _mm_storeu_si128((__m128i *)output, _mm256_castsi256_si128(pack_positions(last, last)));
}

static void finish_tile(vector (*sums)[VECTORS], int pixels, int vectors, const arguments *a, const hrn_tile *tile) {
  (void)vectors;
  const requantizer r = {
      _mm256_set1_ps(a->residual_zero), _mm256_set1_ps(a->residual_multiplier), _mm256_set1_ps(a->output_zero),
      _mm256_set1_ps(a->low), _mm256_set1_ps(a->high)};
  const int is_plain = a->low == 0 && a->output_zero == 0 && (!a->residual || a->residual_zero == 0);
  if (a->pool_sums) pool_tile(sums, pixels, a, tile, &r);
  else if (a->residual && is_plain) store_tile(sums, pixels, a, tile, &r, a->residual + tile->output, 1);
  else if (a->residual) store_tile(sums, pixels, a, tile, &r, a->residual + tile->output, 0);
  else if (is_plain) store_tile(sums, pixels, a, tile, &r, NULL, 1);
  else store_tile(sums, pixels, a, tile, &r, NULL, 0);
}
