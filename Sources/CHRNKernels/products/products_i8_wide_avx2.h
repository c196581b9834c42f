// Sums of products by VPMADDWD as in products_i8_avx2.h, with the inputs of many steps widened at once. Included between
// a tier's begin and end; defines what conv2d_tile.h builds upon.

#include "products_i8_avx2.h"

/// Steps of inputs that are widened at once, and how many one vector holds.
enum { WIDE_STEPS = 16, VECTOR_STEPS = 8 };

/// A pixel's inputs of some steps: k = 0 and 2 of each as 16-bit numbers, then k = 1 and 3.
typedef struct {
  _Alignas(32) int32_t even[WIDE_STEPS], odd[WIDE_STEPS];
} wide_inputs;

/// steps is a multiple of VECTOR_STEPS.
HRN_INLINE void widen_inputs(wide_inputs *to, const element *x, int32_t steps) {
  for (int32_t step = 0; step < steps; step += VECTOR_STEPS) {
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)(x + step * K_STEP));
    _mm256_store_si256((__m256i *)(to->even + step), even_bytes(bytes));
    _mm256_store_si256((__m256i *)(to->odd + step), odd_bytes(bytes));
  }
}

/// Pixels [first, end) of one tap: `count` steps of K_STEP inputs each. x is the tap of pixel `first`.
HRN_INLINE void add_tap(vector acc[PIXELS][VECTORS], int first, int end, int vectors, const element *x,
                        int64_t pixel_step, const weight *w, int64_t row_step, int32_t count) {
  for (int32_t steps; count >= VECTOR_STEPS; count -= steps, x += steps * K_STEP) {
    wide_inputs inputs[PIXELS];
    steps = hrn_min_i32(count, WIDE_STEPS) / VECTOR_STEPS * VECTOR_STEPS;
    HRN_UNROLL
    for (int m = first; m < end; m++) widen_inputs(&inputs[m], x + (m - first) * pixel_step, steps);
    for (int32_t step = 0; step < steps; step++, w += row_step) {
      const weight_row row = load_row(w, vectors);
      HRN_UNROLL
      for (int m = first; m < end; m++) {
        const __m256i even = _mm256_set1_epi32(inputs[m].even[step]), odd = _mm256_set1_epi32(inputs[m].odd[step]);
        add_wide(acc[m], vectors, even, odd, &row);
      }
    }
  }
  for (; count > 0; count--, x += K_STEP, w += row_step) {
    const weight_row row = load_row(w, vectors);
    HRN_UNROLL
    for (int m = first; m < end; m++) add_row(acc[m], vectors, x + (m - first) * pixel_step, &row, w);
  }
}
