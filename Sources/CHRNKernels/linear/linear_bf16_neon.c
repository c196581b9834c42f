// Matrix times vector in float32 with weights of bfloat16 on NEON.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"

#include "../common/maps_bf16_neon.h"

typedef float element;
typedef uint16_t weight;
typedef float sum;
typedef float32x4_t vector;
/// Vectors of sums per row of weights; lanes per vector; k per step.
enum { VECTORS = 4, VECTOR_LANES = 4, K_STEP = 2 };

HRN_INLINE vector load_sums(const sum *p) { return vld1q_f32(p); }

HRN_INLINE void store_sums(sum *p, vector sums) { vst1q_f32(p, sums); }

/// A pair of k of 16 lanes.
typedef struct {
  uint32x4_t part[VECTORS];
} weight_row;

HRN_INLINE weight_row load_row(const weight *w, int vectors) {
  weight_row row;
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) row.part[v] = load_pairs(w + K_STEP * VECTOR_LANES * v);
  return row;
}

/// The first k of a pair.
HRN_INLINE void add_half_row(vector acc[VECTORS], int vectors, const element *x, const weight_row *row) {
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) acc[v] = vfmaq_n_f32(acc[v], even_of(row->part[v]), *x);
}

HRN_INLINE void add_row(vector acc[VECTORS], int vectors, const element *x, const weight_row *row, const weight *w) {
  (void)w;
  add_half_row(acc, vectors, x, row);
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) acc[v] = vfmaq_n_f32(acc[v], odd_of(row->part[v]), x[1]);
}

#define HAS_HALF_STEPS 1
#define HRN_NAME hrn_linear_bf16_neon
#include "linear_body.h"
#endif
