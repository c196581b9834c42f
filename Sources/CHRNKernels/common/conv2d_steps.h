// The products of one tap, step by step, from weight_row, load_row and add_row: one k step's weights, and their
// products with one pixel's input. UNROLL is the steps of an iteration; SPLIT_SUMS is explained below.

/// One k step of pixels [first, end); x is the input of pixel `first`.
HRN_INLINE void add_step(vector acc[PIXELS][VECTORS], int first, int end, int vectors, const element *x,
                         int64_t pixel_step, const weight *w) {
  const weight_row row = load_row(w, vectors);
  HRN_UNROLL
  for (int m = first; m < end; m++) add_row(acc[m], vectors, x + (m - first) * pixel_step, &row, w);
}

#if defined(SPLIT_SUMS)
/// The same of few sums, at most SPLIT_SUMS vectors of them, in two halves that are added up at the end: integers allow it,
/// and each product would wait for the one before it in its sum.
HRN_INLINE void add_split_tap(vector acc[PIXELS][VECTORS], int first, int end, int vectors, const element *x,
                              int64_t pixel_step, const weight *w, int64_t row_step, int32_t count) {
  typedef uint32_t sums __attribute__((vector_size(sizeof(vector))));
  vector odd[PIXELS][VECTORS];
  HRN_UNROLL
  for (int m = first; m < end; m++)
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) odd[m][v] = (vector)(sums){0};
  HRN_ALIGNED
  for (; count > 1; count -= 2) {
    add_step(acc, first, end, vectors, x, pixel_step, w);
    add_step(odd, first, end, vectors, x + K_STEP, pixel_step, w + row_step);
    x += 2 * K_STEP;
    w += 2 * row_step;
  }
  if (count > 0) add_step(acc, first, end, vectors, x, pixel_step, w);
  HRN_UNROLL
  for (int m = first; m < end; m++)
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) acc[m][v] = (vector)((sums)acc[m][v] + (sums)odd[m][v]);
}
#endif

#define HAS_ASKING_STEPS 1

/// add_tap, asking for one of `ahead` with each step.
HRN_INLINE void add_tap_asking(vector acc[PIXELS][VECTORS], int first, int end, int vectors, const element *x,
                               int64_t pixel_step, const weight *w, int64_t row_step, int32_t count, hrn_asking *ahead) {
  HRN_ALIGNED
  for (; count > 0; count--) {
    hrn_ask_some(ahead, 1);
    add_step(acc, first, end, vectors, x, pixel_step, w);
    x += K_STEP;
    w += row_step;
  }
}

/// Pixels [first, end) of one tap: `count` steps of K_STEP inputs each. x is the tap of pixel `first`.
HRN_INLINE void add_tap(vector acc[PIXELS][VECTORS], int first, int end, int vectors, const element *x,
                        int64_t pixel_step, const weight *w, int64_t row_step, int32_t count) {
#if defined(SPLIT_SUMS)
  if ((end - first) * vectors <= SPLIT_SUMS) {
    add_split_tap(acc, first, end, vectors, x, pixel_step, w, row_step, count);
    return;
  }
#endif
  HRN_ALIGNED
  for (; UNROLL > 1 && count >= UNROLL; count -= UNROLL) {
    HRN_UNROLL
    for (int u = 0; u < UNROLL; u++) {
      add_step(acc, first, end, vectors, x + u * K_STEP, pixel_step, w + u * row_step);
      HRN_IN_ORDER;
    }
    x += UNROLL * K_STEP;
    w += UNROLL * row_step;
  }
  for (; count > 0; count--) {
    add_step(acc, first, end, vectors, x, pixel_step, w);
    x += K_STEP;
    w += row_step;
  }
}
