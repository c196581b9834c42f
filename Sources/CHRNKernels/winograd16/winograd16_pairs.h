// Pairs of bfloat16 weights as floats and back, where vectors hold the even ones and the odd ones: for winograd16_body.h,
// whose tiers may have a way of their own.

/// VECTOR_LANES pairs as floats.
typedef struct {
  vector first, second;
} halves;

HRN_INLINE halves split_pairs(const uint16_t *p) { return (halves){even_of(load_pairs(p)), odd_of(load_pairs(p))}; }

/// Writes the pairs that floats round to.
HRN_INLINE void join_pairs(uint16_t *p, halves x) { round_pairs(p, x.first, x.second); }

/// The sums of lanes as weights lie in memory, from those of lanes as join_pairs wrote them.
HRN_INLINE vector in_order(vector sums) { return sums; }
