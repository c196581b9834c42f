// A vector of sixteen lanes in plain C, for the scalar forms of what is written over vectors. Whoever includes this defines
//
//   MULTIPLY_ADD     how that function is compiled: where a fused multiply-add is no instruction, it is sixteen calls
#include "bf16.h"
#include <math.h>

enum { VECTORS = 1, VECTOR_LANES = 16 };

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
HRN_INLINE void round_pairs(uint16_t *p, vector even, vector odd) {
  for (int i = 0; i < VECTOR_LANES; i++) {
    p[2 * i] = hrn_bf16_of_float(even.lane[i]);
    p[2 * i + 1] = hrn_bf16_of_float(odd.lane[i]);
  }
}
