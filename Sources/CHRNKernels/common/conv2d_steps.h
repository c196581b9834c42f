// The products of one tap, step by step, from weight_row, load_row and add_row: one k step's weights, and their
// products with one pixel's input.

/// Pixels [first, end) of one tap: `count` steps of K_STEP inputs each. x is the tap of pixel `first`.
HRN_INLINE void add_tap(vector acc[PIXELS][VECTORS], int first, int end, int vectors, const element *x,
                        int64_t pixel_step, const weight *w, int64_t row_step, int32_t count) {
  for (int32_t k = 0; k < count; k++) {
    const weight_row row = load_row(w, vectors);
    HRN_UNROLL
    for (int m = first; m < end; m++) add_row(acc[m], vectors, x + (m - first) * pixel_step, &row, w);
    x += K_STEP;
    w += row_step;
  }
}
