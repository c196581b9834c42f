// Biases in, for tiles of any vectors of floats.

HRN_INLINE int is_uniform(const arguments *a) {
  (void)a;
  return 1;
}

HRN_INLINE void start_tile(vector acc[PIXELS][VECTORS], int pixels, int vectors, const arguments *a,
                           const hrn_tile *tile) {
  const float *bias = a->bias + tile->channel;
  HRN_UNROLL
  for (int m = 0; m < pixels; m++)
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) memcpy(&acc[m][v], bias + v * (sizeof(vector) / sizeof *bias), sizeof(vector));
}
