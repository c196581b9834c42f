// Biases in and requantized values out, for the int8 tiles of the 512-bit tier: vectors of 16 lanes.

HRN_INLINE void start_tile(vector acc[PIXELS][VECTORS], int pixels, int vectors, const arguments *a,
                           const hrn_tile *tile) {
  HRN_UNROLL
  for (int m = 0; m < pixels; m++) {
    const int32_t *bias = hrn_bias_at(a, tile->oy, tile->ox + m) + tile->channel;
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) acc[m][v] = _mm512_loadu_si512(bias + 16 * v);
  }
}

/// What requantizing takes, in registers.
typedef struct {
  __m512 residual_zero, residual_multiplier, output_zero, low, high;
} requantizer;

/// The quantized values of 16 sums; `residual` is null or where theirs lie.
HRN_INLINE __m512i requantize(const requantizer *r, __m512i sums, __m512 multiplier, const uint8_t *residual) {
  __m512 t = _mm512_mul_ps(_mm512_cvtepi32_ps(sums), multiplier);
  if (residual) {
    const __m512i bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)residual));
    const __m512 centred = _mm512_sub_ps(_mm512_cvtepi32_ps(bytes), r->residual_zero);
    t = _mm512_add_ps(t, _mm512_mul_ps(centred, r->residual_multiplier));
  }
  t = _mm512_add_ps(t, r->output_zero);
  t = _mm512_min_ps(_mm512_max_ps(t, r->low), r->high);
  return _mm512_cvtps_epi32(t);
}

static void finish_tile(vector sums[PIXELS][VECTORS], int pixels, int vectors, const arguments *a,
                        const hrn_tile *tile) {
  const requantizer r = {
      _mm512_set1_ps(a->residual_zero), _mm512_set1_ps(a->residual_multiplier), _mm512_set1_ps(a->output_zero),
      _mm512_set1_ps(a->low), _mm512_set1_ps(a->high)};
  const int64_t step = a->shape.out_block;
  hrn_output_cursor at = hrn_output_start(tile);
  for (int v = 0; v < vectors; v++, at = hrn_output_next(&a->shape, at)) {
    const __m512 multiplier = _mm512_loadu_ps(a->multiplier + tile->channel + 16 * v);
    const uint8_t *residual = a->residual ? a->residual + at.offset : NULL;
    if (a->pool_sums) {
      int32_t *const pooled = a->pool_sums + tile->channel + 16 * v;
      __m512i total = _mm512_loadu_si512(pooled);
      for (int m = 0; m < pixels; m++)
        total = _mm512_add_epi32(total, requantize(&r, sums[m][v], multiplier, residual ? residual + m * step : NULL));
      _mm512_storeu_si512(pooled, total);
      continue;
    }
    uint8_t *output = a->output + at.offset;
    for (int m = 0; m < pixels; m++) {
      const __m512i y = requantize(&r, sums[m][v], multiplier, residual ? residual + m * step : NULL);
      _mm_storeu_si128((__m128i *)(output + m * step), _mm512_cvtepi32_epi8(y));
    }
  }
}
