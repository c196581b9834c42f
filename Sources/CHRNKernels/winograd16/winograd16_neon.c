// The Winograd of bfloat16 products on 128-bit vectors: up to 6 tiles x 16 lanes, 24 accumulators.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"
#include "winograd16_memory.h"

#define PART HRN_INLINE
#define PIXELS 6
#define HRN_NAME(family) hrn_##family##_neon

#include "../common/maps_bf16_neon.h"
#include "../products/products_bf16_neon.h"

HRN_INLINE vector splat(float x) { return vdupq_n_f32(x); }
HRN_INLINE vector add(vector a, vector b) { return vaddq_f32(a, b); }
HRN_INLINE vector subtract(vector a, vector b) { return vsubq_f32(a, b); }
HRN_INLINE vector multiply_add(vector a, vector b, vector c) { return vfmaq_f32(c, a, b); }
HRN_INLINE vector load_sums(const float *p) { return vld1q_f32(p); }
HRN_INLINE void store_sums(float *p, vector x) { vst1q_f32(p, x); }
HRN_INLINE vector clamp_to(vector x, float low, float high) { return hrn_clamp_lanes(x, low, high); }

#include "winograd16_pairs.h"
#include "winograd16_body.h"
#endif
