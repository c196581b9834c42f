// Sums of products by 256-bit fused multiply-adds. Included between a tier's begin and end; defines what
// conv2d_tile.h and linear_body.h build upon.

#include "../common/floats_256.h"

typedef float element;
typedef float weight;
typedef float sum;
typedef __m256 vector;
/// Vectors of sums per row of weights, at most; lanes per vector; k per step.
enum { VECTORS = 2, VECTOR_LANES = 8, K_STEP = 1 };

/// One k of 16 lanes.
typedef struct {
  __m256 part[VECTORS];
} weight_row;

HRN_INLINE weight_row load_row(const weight *w, int vectors) {
  (void)vectors;
  return (weight_row){{_mm256_loadu_ps(w), _mm256_loadu_ps(w + 8)}};
}

HRN_INLINE void add_row(vector acc[VECTORS], int vectors, const element *x, const weight_row *row, const weight *w) {
  (void)w;
  const __m256 input = _mm256_broadcast_ss(x);
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) acc[v] = _mm256_fmadd_ps(input, row->part[v], acc[v]);
}
