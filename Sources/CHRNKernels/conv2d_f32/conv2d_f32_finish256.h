// Biases in and clamped values out, for the float32 tiles of 256-bit vectors: 16 lanes as two.

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
