// Sums of products by VPMADDUBSW on narrow weights: a 16-bit lane holds what two steps of the packing add to it, and
// VPMADDWD widens both at once. Included between a tier's begin and end; defines what conv2d_tile.h builds upon.

typedef uint8_t element;
typedef int8_t weight;
typedef __m256i vector;
/// Vectors of sums per row of weights; lanes per vector; k per step.
enum { VECTORS = 2, VECTOR_LANES = 8, K_STEP = 4 };

HRN_INLINE __m256i four_inputs(const element *x) {
  int32_t four;
  memcpy(&four, x, sizeof four);
  return _mm256_set1_epi32(four);
}

HRN_INLINE __m256i load_weights(const weight *w) { return _mm256_loadu_si256((const __m256i *)w); }

/// The sums of neighbouring 16-bit lanes, added to acc.
HRN_INLINE __m256i add_pairs(__m256i acc, __m256i pairs) {
  return _mm256_add_epi32(acc, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

/// Pixels [first, end) of one tap: `count` steps of K_STEP inputs each, two by two. x is the tap of pixel `first`. Weights
/// are operands in memory for each pixel anew: ten sums and what becomes of two steps take all registers.
HRN_INLINE void add_tap(vector acc[PIXELS][VECTORS], int first, int end, int vectors, const element *x,
                        int64_t pixel_step, const weight *w, int64_t row_step, int32_t count) {
  HRN_ALIGNED
  for (; count >= 2; count -= 2, x += 2 * K_STEP, w += 2 * row_step)
    HRN_UNROLL
    for (int m = first; m < end; m++) {
      const element *in = x + (m - first) * pixel_step;
      const __m256i x0 = four_inputs(in), x1 = four_inputs(in + K_STEP);
      HRN_UNROLL
      for (int v = 0; v < vectors; v++) {
        const __m256i p0 = _mm256_maddubs_epi16(x0, load_weights(w + 32 * v));
        const __m256i p1 = _mm256_maddubs_epi16(x1, load_weights(w + row_step + 32 * v));
        acc[m][v] = add_pairs(acc[m][v], _mm256_add_epi16(p0, p1));
      }
      HRN_IN_ORDER;
    }
  if (count == 0) return;
  HRN_UNROLL
  for (int m = first; m < end; m++) {
    const __m256i x0 = four_inputs(x + (m - first) * pixel_step);
    HRN_UNROLL
    for (int v = 0; v < vectors; v++)
      acc[m][v] = add_pairs(acc[m][v], _mm256_maddubs_epi16(x0, load_weights(w + 32 * v)));
  }
}
