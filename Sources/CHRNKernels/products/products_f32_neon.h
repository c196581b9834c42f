// Sums of products by 128-bit fused multiply-adds. Defines what linear_body.h builds upon.

#include "../common/floats_neon.h"

typedef float element;
typedef float weight;
typedef float sum;
typedef float32x4_t vector;
/// Vectors of sums per row of weights; lanes per vector; k per step.
enum { VECTORS = 4, VECTOR_LANES = 4, K_STEP = 1 };

/// One k of 16 lanes.
typedef struct {
  float32x4_t part[VECTORS];
} weight_row;

HRN_INLINE weight_row load_row(const weight *w, int vectors) {
  (void)vectors;
  return (weight_row){{vld1q_f32(w), vld1q_f32(w + 4), vld1q_f32(w + 8), vld1q_f32(w + 12)}};
}

HRN_INLINE void add_row(vector acc[VECTORS], int vectors, const element *x, const weight_row *row, const weight *w) {
  (void)w;
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) acc[v] = vfmaq_n_f32(acc[v], row->part[v], *x);
}
