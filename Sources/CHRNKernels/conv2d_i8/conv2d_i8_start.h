// Biases in, for int8 tiles of any vectors.

HRN_INLINE int is_uniform(const arguments *a) { return !a->row_class; }

HRN_INLINE vector load_biases(const int32_t *bias) {
  vector x;
  memcpy(&x, bias, sizeof x);
  return x;
}

HRN_INLINE void start_tile(vector acc[PIXELS][VECTORS], int pixels, int vectors, const arguments *a,
                           const hrn_tile *tile) {
  // Where registers are 16 the order that this brings about takes more of them.
  const int has_registers = sizeof(vector) == 64;
  if (has_registers && is_uniform(a)) {
    const int32_t *bias = a->bias + tile->channel;
    vector biases[VECTORS];
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) biases[v] = load_biases(bias + v * (sizeof(vector) / sizeof *bias));
    HRN_UNROLL
    for (int m = 0; m < pixels; m++)
      HRN_UNROLL
      for (int v = 0; v < vectors; v++) acc[m][v] = biases[v];
    return;
  }
  HRN_UNROLL
  for (int m = 0; m < pixels; m++) {
    const int32_t *bias = hrn_bias_at(a, tile->oy, tile->ox + m) + tile->channel;
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) acc[m][v] = load_biases(bias + v * (sizeof(vector) / sizeof *bias));
  }
}
