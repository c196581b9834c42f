// What is written over vectors of floats takes of 256 bits: one IEEE operation per lane. Included between a tier's begin and
// end.

HRN_INLINE __m256 load_sums(const float *p) { return _mm256_loadu_ps(p); }
HRN_INLINE void store_sums(float *p, __m256 x) { _mm256_storeu_ps(p, x); }
HRN_INLINE __m256 splat(float x) { return _mm256_set1_ps(x); }
HRN_INLINE __m256 add(__m256 a, __m256 b) { return _mm256_add_ps(a, b); }
HRN_INLINE __m256 subtract(__m256 a, __m256 b) { return _mm256_sub_ps(a, b); }
HRN_INLINE __m256 multiply(__m256 a, __m256 b) { return _mm256_mul_ps(a, b); }
HRN_INLINE __m256 multiply_add(__m256 a, __m256 b, __m256 c) { return _mm256_fmadd_ps(a, b, c); }
HRN_INLINE __m256 clamp_to(__m256 x, float low, float high) {
  return _mm256_min_ps(_mm256_max_ps(x, _mm256_set1_ps(low)), _mm256_set1_ps(high));
}
