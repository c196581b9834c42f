// Sums of products as in products_f32_neon.h, four k at once: a multiply-add takes its input from a lane of a vector.
// Defines what conv2d_tile.h builds upon.

#include "products_f32_neon.h"

/// Pixels [first, end) of one tap: `count` steps of K_STEP inputs each, a multiple of 4. x is the tap of pixel `first`.
HRN_INLINE void add_tap(vector acc[PIXELS][VECTORS], int first, int end, int vectors, const element *x,
                        int64_t pixel_step, const weight *w, int64_t row_step, int32_t count) {
  for (; count > 0; count -= 4, x += 4) {
    float32x4_t inputs[PIXELS];
    HRN_UNROLL
    for (int m = first; m < end; m++) inputs[m] = vld1q_f32(x + (m - first) * pixel_step);
    float32x4_t row = vld1q_f32(w);
    HRN_UNROLL
    for (int k = 0; k < 4; k++, w += row_step)
      HRN_UNROLL
      for (int v = 0; v < vectors; v++) {
        // The next weights are loaded before, for processors that do not look ahead. clang moves loads there itself, and
        // has no register left for another.
        const weight *const next = v + 1 < vectors ? w + VECTOR_LANES * (v + 1) : k + 1 < 4 ? w + row_step : w;
        if (HRN_MOVES_LOADS) row = vld1q_f32(w + VECTOR_LANES * v);
        const float32x4_t loaded = HRN_MOVES_LOADS ? row : vld1q_f32(next);
        HRN_UNROLL
        for (int m = first; m < end; m++) {
          HRN_IN_PLACE(inputs[m]);
          acc[m][v] = vfmaq_n_f32(acc[m][v], row, inputs[m][k]);
        }
        row = loaded;
        HRN_IN_ORDER;
      }
  }
}
