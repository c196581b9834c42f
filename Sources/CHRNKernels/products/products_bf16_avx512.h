// Sums of products of bfloat16 by 512-bit fused multiply-adds, in the order of products_bf16_avx2.h. Included between a
// tier's begin and end; defines what conv2d_tile.h builds upon.

typedef uint16_t element;
typedef uint16_t weight;
typedef __m512 vector;
/// Vectors of sums per row of weights, at most; lanes per vector; k per step.
enum { VECTORS = 4, VECTOR_LANES = 16, K_STEP = 2 };

/// Half of a k step of pixels [first, end): products with the odd or the even one of each pair of weights.
HRN_INLINE void add_half(vector acc[PIXELS][VECTORS], int first, int end, int vectors, float (*wide)[16],
                         const weight *w, int is_odd) {
  __m512 row[VECTORS];
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) row[v] = is_odd ? odd_of(load_pairs(w + 32 * v)) : even_of(load_pairs(w + 32 * v));
  HRN_UNROLL
  for (int m = first; m < end; m++) {
    const __m512 input = _mm512_set1_ps(wide[m][is_odd]);
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) acc[m][v] = _mm512_fmadd_ps(input, row[v], acc[m][v]);
  }
  HRN_IN_ORDER;
}

/// Pixels [first, end) of one tap: `count` steps of K_STEP inputs each, a multiple of 2. x is the tap of pixel `first`.
HRN_INLINE void add_tap(vector acc[PIXELS][VECTORS], int first, int end, int vectors, const element *x,
                        int64_t pixel_step, const weight *w, int64_t row_step, int32_t count) {
  _Alignas(64) float wide[PIXELS][16];
  for (; count > 0; count -= 8, x += 16) {
    const int lanes = count < 8 ? K_STEP * count : 16;
    const uint16_t some = (uint16_t)(0xFFFF >> (16 - lanes));
    HRN_UNROLL
    for (int m = first; m < end; m++) _mm512_storeu_ps(wide[m], load_some(x + (m - first) * pixel_step, some));
    HRN_IN_ORDER;
    HRN_ROLLED
    for (int k = 0; k < lanes; k += K_STEP, w += row_step) {
      add_half(acc, first, end, vectors, (float (*)[16])&wide[0][k], w, 1);
      add_half(acc, first, end, vectors, (float (*)[16])&wide[0][k], w, 0);
    }
  }
}
