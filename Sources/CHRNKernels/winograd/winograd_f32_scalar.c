// The Winograd of floats as the contract states it, 16 lanes at a time, and the memory it takes at any tier.
#include "../common/bf16.h"
#include "../common/conv2d_walk.h"
#include "../tiers.h"
#include "winograd_f32_memory.h"
#include <math.h>

// Nothing here is worth its bytes inlined or unrolled: each step is sixteen operations already, and where a fused
// multiply-add is no instruction, sixteen calls.
#undef HRN_UNROLL
#define HRN_UNROLL
#define PART static __attribute__((noinline))
#if defined(__aarch64__)
#define MULTIPLY_ADD HRN_INLINE
#else
#define MULTIPLY_ADD PART
#endif
#define PIXELS 1
#define HRN_NAME(family) hrn_##family##_scalar
enum { VECTORS = 1, VECTOR_LANES = 16, UNROLL = 1, CHUNK = 32, FEW_CHUNK = 32, PAIRS = 1, SUM_LINES = 64 };

typedef struct {
  float lane[VECTOR_LANES];
} vector;

#define HRN_EACH_LANE(value)                                      \
  vector r;                                                       \
  for (int i = 0; i < VECTOR_LANES; i++) r.lane[i] = value;       \
  return r

HRN_INLINE vector splat(float x) { HRN_EACH_LANE(x); }
HRN_INLINE vector load_sums(const float *p) { HRN_EACH_LANE(p[i]); }
HRN_INLINE vector add(vector a, vector b) { HRN_EACH_LANE(a.lane[i] + b.lane[i]); }
HRN_INLINE vector subtract(vector a, vector b) { HRN_EACH_LANE(a.lane[i] - b.lane[i]); }
HRN_INLINE vector multiply(vector a, vector b) { HRN_EACH_LANE(a.lane[i] * b.lane[i]); }
MULTIPLY_ADD vector multiply_add(vector a, vector b, vector c) { HRN_EACH_LANE(fmaf(a.lane[i], b.lane[i], c.lane[i])); }
HRN_INLINE vector clamp_to(vector x, float low, float high) { HRN_EACH_LANE(hrn_clamp(x.lane[i], low, high)); }
HRN_INLINE void store_sums(float *p, vector x) { memcpy(p, x.lane, sizeof x.lane); }
HRN_INLINE vector load_map(const uint16_t *p) { HRN_EACH_LANE(hrn_float_of_bf16(p[i])); }
HRN_INLINE void store_map(uint16_t *p, vector x) {
  for (int i = 0; i < VECTOR_LANES; i++) p[i] = hrn_bf16_of_float(x.lane[i]);
}
HRN_INLINE const uint16_t *load_pairs(const uint16_t *p) { return p; }
HRN_INLINE vector odd_of(const uint16_t *pairs) { HRN_EACH_LANE(hrn_float_of_bf16(pairs[2 * i + 1])); }
HRN_INLINE vector even_of(const uint16_t *pairs) { HRN_EACH_LANE(hrn_float_of_bf16(pairs[2 * i])); }

typedef vector weight_row;

HRN_INLINE weight_row load_row(const float *w, int vectors) {
  (void)vectors;
  return load_sums(w);
}

HRN_INLINE void add_row(vector acc[VECTORS], int vectors, const float *x, const weight_row *row, const float *w) {
  (void)vectors;
  (void)w;
  acc[0] = multiply_add(splat(*x), *row, acc[0]);
}

#include "winograd_f32_body.h"

hrn_winograd_bytes hrn_winograd_f32_bytes(const hrn_conv2d_shape *s, int32_t rows) {
  const hrn_winograd_cover cover = hrn_winograd_cover_of(s, 0, rows, HRN_TAIL_FLOAT);
  return (hrn_winograd_bytes){
      .input = HRN_POSITIONS * hrn_winograd_v_of(s, &cover, 0).position_stride * 4,
      .scratch = (HRN_U_FLOATS + HRN_M_FLOATS) * 4,
  };
}
