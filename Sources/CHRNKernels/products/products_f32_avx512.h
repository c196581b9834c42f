// Sums of products by 512-bit fused multiply-adds. Included between a tier's begin and end; defines what
// conv2d_tile.h and linear_body.h build upon.

#include "../common/floats_512.h"

typedef float element;
typedef float weight;
typedef float sum;
typedef __m512 vector;
/// Vectors of sums per row of weights, at most; lanes per vector; k per step.
enum { VECTORS = 4, VECTOR_LANES = 16, K_STEP = 1, REGISTER_VECTORS = 3 };

/// One k of 64 lanes.
typedef struct {
  __m512 part[REGISTER_VECTORS];
} weight_row;

HRN_INLINE weight_row load_row(const weight *w, int vectors) {
  weight_row row;
  HRN_UNROLL
  for (int v = 0; v < vectors && v < REGISTER_VECTORS; v++) row.part[v] = _mm512_loadu_ps(w + 16 * v);
  return row;
}

/// fma(x, w, acc). Written in assembly because a compiler that may move it finds an order which takes more registers
/// than there are.
HRN_INLINE __m512 fma_in_order(__m512 acc, __m512 x, __m512 w) {
#if defined(HRN_EMULATED)
  return _mm512_fmadd_ps(x, w, acc);
#else
  __asm__("vfmadd231ps %2, %1, %0" : "+v"(acc) : "v"(x), "v"(w));
  return acc;
#endif
}

/// The same with w in memory: a compiler would load it once for all pixels, and it has no register left.
HRN_INLINE __m512 fma_in_memory(__m512 acc, __m512 x, const weight *w) {
#if defined(HRN_EMULATED)
  return _mm512_fmadd_ps(x, _mm512_loadu_ps(w), acc);
#else
  struct lanes {
    weight w[16];
  };
  __asm__("vfmadd231ps %2, %1, %0" : "+v"(acc) : "v"(x), "m"(*(const struct lanes *)w));
  return acc;
#endif
}

HRN_INLINE void add_row(vector acc[VECTORS], int vectors, const element *x, const weight_row *row, const weight *w) {
  const __m512 input = _mm512_set1_ps(*x);
  if (vectors < VECTORS) {
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) acc[v] = _mm512_fmadd_ps(input, row->part[v], acc[v]);
    return;
  }
  HRN_UNROLL
  for (int v = 0; v < VECTORS; v++)
    acc[v] = v < REGISTER_VECTORS ? fma_in_order(acc[v], input, row->part[v])
                                  : fma_in_memory(acc[v], input, w + 16 * v);
}

/// One k step of one pixel with all weights in memory, where no register is left for them.
HRN_INLINE void add_row_in_memory(vector acc[VECTORS], const element *x, const weight *w) {
  const __m512 input = _mm512_set1_ps(*x);
  HRN_UNROLL
  for (int v = 0; v < VECTORS; v++) acc[v] = fma_in_memory(acc[v], input, w + 16 * v);
}
