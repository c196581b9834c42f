// Sums of products of bfloat16 by 128-bit fused multiply-adds, whose input is a lane of a widened vector: of each pair of k
// first the odd one, then the even one. Defines what conv2d_tile.h builds upon.

typedef uint16_t element;
typedef uint16_t weight;
typedef float32x4_t vector;
/// Vectors of sums per row of weights; lanes per vector; k per step.
enum { VECTORS = 4, VECTOR_LANES = 4, K_STEP = 2 };

/// Pixels [first, end) of one tap: `count` steps of K_STEP inputs each, a multiple of 2. x is the tap of pixel `first`.
HRN_INLINE void add_tap(vector acc[PIXELS][VECTORS], int first, int end, int vectors, const element *x,
                        int64_t pixel_step, const weight *w, int64_t row_step, int32_t count) {
  for (; count > 0; count -= 2, x += 4) {
    float32x4_t inputs[PIXELS];
    HRN_UNROLL
    for (int m = first; m < end; m++) inputs[m] = load_map(x + (m - first) * pixel_step);
    uint32x4_t pairs = load_pairs(w);
    HRN_UNROLL
    for (int k = 0; k < 4; k += K_STEP, w += row_step)
      HRN_UNROLL
      for (int v = 0; v < vectors; v++) {
        // The next weights are loaded before, for processors that do not look ahead.
        const weight *const next = v + 1 < vectors ? w + K_STEP * VECTOR_LANES * (v + 1) : k == 0 ? w + row_step : w;
        const uint32x4_t loaded = load_pairs(next);
        HRN_UNROLL
        for (int odd = 1; odd >= 0; odd--) {
          const float32x4_t row = odd ? odd_of(pairs) : even_of(pairs);
          HRN_UNROLL
          for (int m = first; m < end; m++) {
            HRN_IN_PLACE(inputs[m]);
            acc[m][v] = vfmaq_n_f32(acc[m][v], row, inputs[m][k + odd]);
          }
        }
        pairs = loaded;
        HRN_IN_ORDER;
      }
  }
}
