// Biases in and clamped values out, for tiles of 512-bit vectors of floats. The type of the maps is that of arguments,
// load_map and store_map.

HRN_INLINE void start_tile(vector acc[PIXELS][VECTORS], int pixels, int vectors, const arguments *a,
                           const hrn_tile *tile) {
  HRN_UNROLL
  for (int m = 0; m < pixels; m++)
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) acc[m][v] = _mm512_loadu_ps(a->bias + tile->channel + 16 * v);
}

/// The values of 16 sums; `residual` is null or where theirs lie.
HRN_INLINE __m512 finish(const arguments *a, __m512 sums, const element *residual) {
  if (residual) sums = _mm512_add_ps(sums, load_map(residual));
  return _mm512_min_ps(_mm512_max_ps(sums, _mm512_set1_ps(a->low)), _mm512_set1_ps(a->high));
}

static void finish_tile(vector sums[PIXELS][VECTORS], int pixels, int vectors, const arguments *a,
                        const hrn_tile *tile) {
  hrn_output_cursor at = hrn_output_start(tile);
  for (int v = 0; v < vectors; v++, at = hrn_output_next(&a->shape, at)) {
    float *const pooled = a->pool_sums ? a->pool_sums + tile->channel + 16 * v : NULL;
    __m512 total = pooled ? _mm512_loadu_ps(pooled) : _mm512_setzero_ps();
    for (int m = 0; m < pixels; m++) {
      const int64_t offset = at.offset + (int64_t)m * a->shape.out_block;
      const __m512 y = finish(a, sums[m][v], a->residual ? a->residual + offset : NULL);
      if (pooled) total = _mm512_add_ps(total, y);
      else store_map(a->output + offset, y);
    }
    if (pooled) _mm512_storeu_ps(pooled, total);
  }
}
