// Sums of products of bfloat16 by 256-bit fused multiply-adds: of each pair of k first the odd one, in all pixels, then
// the even one, so that a row of weights takes two registers at a time. Included between a tier's begin and end; defines
// what conv2d_tile.h builds upon.

typedef uint16_t element;
typedef uint16_t weight;
typedef __m256 vector;
/// Vectors of sums per row of weights; lanes per vector; k per step.
enum { VECTORS = 2, VECTOR_LANES = 8, K_STEP = 2 };

/// One pair of k of pixels [first, end). `wide` are their inputs as floats, 16 from one pixel to the next.
HRN_INLINE void add_pair(vector acc[PIXELS][VECTORS], int first, int end, const float *wide, const weight *w) {
  const __m256 odd0 = odd_of(load_pairs(w)), odd1 = odd_of(load_pairs(w + 16));
  HRN_UNROLL
  for (int m = first; m < end; m++) {
    const __m256 input = _mm256_broadcast_ss(wide + m * 16 + 1);
    acc[m][0] = _mm256_fmadd_ps(input, odd0, acc[m][0]);
    acc[m][1] = _mm256_fmadd_ps(input, odd1, acc[m][1]);
  }
  HRN_IN_ORDER;
  const __m256 even0 = even_of(load_pairs(w)), even1 = even_of(load_pairs(w + 16));
  HRN_UNROLL
  for (int m = first; m < end; m++) {
    const __m256 input = _mm256_broadcast_ss(wide + m * 16);
    acc[m][0] = _mm256_fmadd_ps(input, even0, acc[m][0]);
    acc[m][1] = _mm256_fmadd_ps(input, even1, acc[m][1]);
  }
  HRN_IN_ORDER;
}

/// Pixels [first, end) of one tap: `count` steps of K_STEP inputs each, a multiple of 2. x is the tap of pixel `first`.
HRN_INLINE void add_tap(vector acc[PIXELS][VECTORS], int first, int end, int vectors, const element *x,
                        int64_t pixel_step, const weight *w, int64_t row_step, int32_t count) {
  (void)vectors;
  _Alignas(32) float wide[PIXELS][16];
  for (; count > 0; count -= 8, x += 16) {
    const int lanes = count < 8 ? K_STEP * count : 16;
    HRN_ROLLED
    for (int k = 0; k < lanes; k += 4)
      HRN_UNROLL
      for (int m = first; m < end; m++) _mm_store_ps(wide[m] + k, load_four(x + (m - first) * pixel_step + k));
    HRN_IN_ORDER;
    HRN_ROLLED
    for (int k = 0; k < lanes; k += K_STEP, w += row_step) add_pair(acc, first, end, wide[0] + k, w);
  }
}
