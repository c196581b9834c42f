// Sixteen lanes of a float32 map as a vector; maps_bf16_512.h does the same for bfloat16. Included between a tier's begin
// and end.

HRN_INLINE __m512 load_map(const float *p) { return _mm512_loadu_ps(p); }

HRN_INLINE void store_map(float *p, __m512 x) { _mm512_storeu_ps(p, x); }
