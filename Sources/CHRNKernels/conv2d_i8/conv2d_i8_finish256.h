// Biases in and requantized values out, for the int8 tiles of the 256-bit tiers: 16 lanes as two vectors.

HRN_INLINE void start_tile(vector acc[PIXELS][VECTORS], int pixels, int vectors, const arguments *a,
                           const hrn_tile *tile) {
  HRN_UNROLL
  for (int m = 0; m < pixels; m++) {
    const int32_t *bias = hrn_bias_at(a, tile->oy, tile->ox + m) + tile->channel;
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) acc[m][v] = _mm256_loadu_si256((const __m256i *)(bias + 8 * v));
  }
}

/// The quantized values of 8 sums; `residual` is null or where theirs lie.
HRN_INLINE __m256i requantize(const arguments *a, __m256i sums, __m256 multiplier, const uint8_t *residual) {
  __m256 t = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), multiplier);
  if (residual) {
    const __m256i r = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)residual));
    const __m256 centred = _mm256_sub_ps(_mm256_cvtepi32_ps(r), _mm256_set1_ps(a->residual_zero));
    t = _mm256_add_ps(t, _mm256_mul_ps(centred, _mm256_set1_ps(a->residual_multiplier)));
  }
  t = _mm256_add_ps(t, _mm256_set1_ps(a->output_zero));
  t = _mm256_min_ps(_mm256_max_ps(t, _mm256_set1_ps(a->low)), _mm256_set1_ps(a->high));
  return _mm256_cvtps_epi32(t);
}

/// 16 values that fit a byte, stored in order.
HRN_INLINE void store_bytes(uint8_t *out, __m256i low, __m256i high) {
  const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xD8);
  _mm_storeu_si128((__m128i *)out, _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)));
}

static void finish_tile(vector sums[PIXELS][VECTORS], int pixels, int vectors, const arguments *a,
                        const hrn_tile *tile) {
  for (int m = 0; m < pixels; m++) {
    const int64_t offset = tile->output + (int64_t)m * a->shape.out_block;
    __m256i y[VECTORS];
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) {
      const __m256 multiplier = _mm256_loadu_ps(a->multiplier + tile->channel + 8 * v);
      y[v] = requantize(a, sums[m][v], multiplier, a->residual ? a->residual + offset + 8 * v : NULL);
      if (!a->pool_sums) continue;
      __m256i *const sums = (__m256i *)(a->pool_sums + tile->channel + 8 * v);
      _mm256_storeu_si256(sums, _mm256_add_epi32(_mm256_loadu_si256(sums), y[v]));
    }
    if (!a->pool_sums) store_bytes(a->output + offset, y[0], y[1]);
  }
}
