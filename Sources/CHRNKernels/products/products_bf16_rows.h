// Products of floats with pairs of bfloat16, one k after another: what linear_body.h builds upon, over the vectors of a tier
// and its VECTORS, VECTOR_LANES and K_STEP.

/// A pair of k of as many lanes as are summed at once.
typedef struct {
  pairs part[VECTORS];
} weight_row;

HRN_INLINE weight_row load_row(const weight *w, int vectors) {
  weight_row row;
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) row.part[v] = load_pairs(w + K_STEP * VECTOR_LANES * v);
  return row;
}

/// The first k of a pair.
HRN_INLINE void add_half_row(vector acc[VECTORS], int vectors, const element *x, const weight_row *row) {
  const vector input = splat(*x);
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) acc[v] = multiply_add(input, even_of(row->part[v]), acc[v]);
}

HRN_INLINE void add_row(vector acc[VECTORS], int vectors, const element *x, const weight_row *row, const weight *w) {
  (void)w;
  add_half_row(acc, vectors, x, row);
  const vector input = splat(x[1]);
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) acc[v] = multiply_add(input, odd_of(row->part[v]), acc[v]);
  HRN_IN_ORDER;
}
