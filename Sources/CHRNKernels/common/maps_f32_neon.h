// Four lanes of a float32 map as a vector; maps_bf16_neon.h does the same for bfloat16.

HRN_INLINE float32x4_t load_map(const float *p) { return vld1q_f32(p); }

HRN_INLINE void store_map(float *p, float32x4_t x) { vst1q_f32(p, x); }
