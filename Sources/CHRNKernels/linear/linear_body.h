// Matrix times vector over the products of one tier and precision. Weights are read once, so memory sets the pace: a
// whole group goes in one pass over its weights. A file per tier includes products first and defines HRN_NAME. Where a
// depth need not be whole steps, HAS_HALF_STEPS is 1 and add_half_row adds the first k of a step.

#ifndef HAS_HALF_STEPS
#define HAS_HALF_STEPS 0
#endif

/// GROUP_ROWS rows of VECTORS vectors make a group of 64 lanes; NARROW_VECTORS make 16.
enum {
  GROUP_ROWS = HRN_GROUP_LANES / (VECTORS * VECTOR_LANES),
  NARROW_VECTORS = 16 / VECTOR_LANES,
  /// How far ahead weights are asked for, in bytes.
  AHEAD = 1024,
};

/// Sums `rows` times `vectors` vectors of lanes over the whole depth. w_step is the weights between k steps.
HRN_INLINE void sum_lanes(int rows, int vectors, const element *x, int32_t depth, const weight *w, int64_t w_step,
                          const sum *initial, sum *sums) {
  vector acc[GROUP_ROWS][VECTORS];
  HRN_UNROLL
  for (int r = 0; r < rows; r++)
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) acc[r][v] = load_sums(initial + (r * vectors + v) * VECTOR_LANES);
  const int32_t whole = HAS_HALF_STEPS ? depth / K_STEP * K_STEP : depth;
  for (int32_t k = 0; k < whole; k += K_STEP, w += w_step) {
    HRN_UNROLL
    for (int line = 0; line < rows * vectors * VECTOR_LANES * K_STEP * (int)sizeof(weight); line += 64)
      __builtin_prefetch((const char *)w + AHEAD + line, 0, 2);
    HRN_UNROLL
    for (int r = 0; r < rows; r++) {
      const weight *row_weights = w + r * vectors * VECTOR_LANES * K_STEP;
      const weight_row row = load_row(row_weights, vectors);
      add_row(acc[r], vectors, x + k, &row, row_weights);
    }
  }
#if HAS_HALF_STEPS
  if (whole < depth)
    HRN_UNROLL
    for (int r = 0; r < rows; r++) {
      const weight_row row = load_row(w + r * vectors * VECTOR_LANES * K_STEP, vectors);
      add_half_row(acc[r], vectors, x + whole, &row);
    }
#endif
  HRN_UNROLL
  for (int r = 0; r < rows; r++)
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) store_sums(sums + (r * vectors + v) * VECTOR_LANES, acc[r][v]);
}

void HRN_NAME(const element *x, const weight *weights, const sum *initial, sum *sums, int32_t depth, int32_t outputs,
              int32_t group0, int32_t group1) {
  for (int32_t group = group0; group < group1; group++) {
    const int32_t n0 = group * HRN_GROUP_LANES, lanes = hrn_group_lanes(outputs, group);
    const weight *w = weights + (int64_t)n0 * ((depth + K_STEP - 1) / K_STEP * K_STEP);
    const int64_t w_step = (int64_t)lanes * K_STEP;
    if (lanes == HRN_GROUP_LANES) {
      sum_lanes(GROUP_ROWS, VECTORS, x, depth, w, w_step, initial + n0, sums + n0);
      continue;
    }
    for (int32_t lane = 0; lane < lanes; lane += 16)
      sum_lanes(1, NARROW_VECTORS, x, depth, w + lane * K_STEP, w_step, initial + n0 + lane, sums + n0 + lane);
  }
}
