// What is written over vectors of floats takes of 128 bits: one IEEE operation per lane.

HRN_INLINE float32x4_t load_sums(const float *p) { return vld1q_f32(p); }
HRN_INLINE void store_sums(float *p, float32x4_t x) { vst1q_f32(p, x); }
HRN_INLINE float32x4_t splat(float x) { return vdupq_n_f32(x); }
HRN_INLINE float32x4_t add(float32x4_t a, float32x4_t b) { return vaddq_f32(a, b); }
HRN_INLINE float32x4_t subtract(float32x4_t a, float32x4_t b) { return vsubq_f32(a, b); }
HRN_INLINE float32x4_t multiply(float32x4_t a, float32x4_t b) { return vmulq_f32(a, b); }
HRN_INLINE float32x4_t multiply_add(float32x4_t a, float32x4_t b, float32x4_t c) { return vfmaq_f32(c, a, b); }
HRN_INLINE float32x4_t clamp_to(float32x4_t x, float low, float high) { return hrn_clamp_lanes(x, low, high); }
