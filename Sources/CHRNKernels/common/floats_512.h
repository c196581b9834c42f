// What is written over vectors of floats takes of 512 bits: one IEEE operation per lane. Included between a tier's begin and
// end.

HRN_INLINE __m512 load_sums(const float *p) { return _mm512_loadu_ps(p); }
HRN_INLINE void store_sums(float *p, __m512 x) { _mm512_storeu_ps(p, x); }
HRN_INLINE __m512 splat(float x) { return _mm512_set1_ps(x); }
HRN_INLINE __m512 add(__m512 a, __m512 b) { return _mm512_add_ps(a, b); }
HRN_INLINE __m512 subtract(__m512 a, __m512 b) { return _mm512_sub_ps(a, b); }
HRN_INLINE __m512 multiply(__m512 a, __m512 b) { return _mm512_mul_ps(a, b); }
HRN_INLINE __m512 multiply_add(__m512 a, __m512 b, __m512 c) { return _mm512_fmadd_ps(a, b, c); }
HRN_INLINE __m512 clamp_to(__m512 x, float low, float high) {
  return _mm512_min_ps(_mm512_max_ps(x, _mm512_set1_ps(low)), _mm512_set1_ps(high));
}
