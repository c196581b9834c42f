// Eight lanes of a float32 map as a vector; maps_bf16_256.h does the same for bfloat16. Included between a tier's begin
// and end.

HRN_INLINE __m256 load_map(const float *p) { return _mm256_loadu_ps(p); }

HRN_INLINE void store_map(float *p, __m256 x) { _mm256_storeu_ps(p, x); }
