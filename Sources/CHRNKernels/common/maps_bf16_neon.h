// Four lanes of a bfloat16 map as a vector of floats: what common/bf16.h does, lane by lane, of numbers:
// what is stored has been clamped, which leaves no NaN.

HRN_INLINE float32x4_t load_map(const uint16_t *p) { return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p), 16)); }

/// Floats whose upper halves are the nearest bfloat16 numbers.
HRN_INLINE uint32x4_t rounded(float32x4_t x) {
  const uint32x4_t wide = vreinterpretq_u32_f32(x);
  const uint32x4_t last = vandq_u32(vshrq_n_u32(wide, 16), vdupq_n_u32(1));
  return vaddq_u32(vaddq_u32(wide, vdupq_n_u32(0x7FFF)), last);
}

HRN_INLINE void store_map(uint16_t *p, float32x4_t x) { vst1_u16(p, vshrn_n_u32(rounded(x), 16)); }

/// 4 pairs.
typedef uint32x4_t pairs;

/// The second and the first of each pair.
HRN_INLINE float32x4_t odd_of(pairs x) {
  return vreinterpretq_f32_u32(vandq_u32(x, vdupq_n_u32(0xFFFF0000)));
}

HRN_INLINE float32x4_t even_of(pairs x) { return vreinterpretq_f32_u32(vshlq_n_u32(x, 16)); }

HRN_INLINE pairs load_pairs(const uint16_t *p) { return vreinterpretq_u32_u16(vld1q_u16(p)); }

/// Writes 4 pairs, rounded as by store_map.
HRN_INLINE void round_pairs(uint16_t *p, float32x4_t even, float32x4_t odd) {
  const uint32x4_t upper = vandq_u32(rounded(odd), vdupq_n_u32(0xFFFF0000));
  vst1q_u16(p, vreinterpretq_u16_u32(vorrq_u32(upper, vshrq_n_u32(rounded(even), 16))));
}
