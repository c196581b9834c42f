// Matrix times vector in float32 with weights of bfloat16 on AVX-512.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx512_begin.h"
#include "../common/maps_bf16_512.h"

typedef float element;
typedef uint16_t weight;
typedef float sum;
typedef __m512 vector;
/// Vectors of sums per row of weights, at most; lanes per vector; k per step.
enum { VECTORS = 4, VECTOR_LANES = 16, K_STEP = 2 };

HRN_INLINE vector load_sums(const sum *p) { return _mm512_loadu_ps(p); }

HRN_INLINE void store_sums(sum *p, vector sums) { _mm512_storeu_ps(p, sums); }

/// A pair of k of 64 lanes.
typedef struct {
  __m512i part[VECTORS];
} weight_row;

HRN_INLINE weight_row load_row(const weight *w, int vectors) {
  weight_row row;
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) row.part[v] = load_pairs(w + K_STEP * VECTOR_LANES * v);
  return row;
}

/// The first k of a pair.
HRN_INLINE void add_half_row(vector acc[VECTORS], int vectors, const element *x, const weight_row *row) {
  const vector input = _mm512_set1_ps(*x);
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) acc[v] = _mm512_fmadd_ps(input, even_of(row->part[v]), acc[v]);
}

HRN_INLINE void add_row(vector acc[VECTORS], int vectors, const element *x, const weight_row *row, const weight *w) {
  (void)w;
  add_half_row(acc, vectors, x, row);
  const vector input = _mm512_set1_ps(x[1]);
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) acc[v] = _mm512_fmadd_ps(input, odd_of(row->part[v]), acc[v]);
}

#define HAS_HALF_STEPS 1
#define HRN_NAME hrn_linear_bf16_avx512
#include "linear_body.h"
#include "../common/tier_end.h"
#endif
