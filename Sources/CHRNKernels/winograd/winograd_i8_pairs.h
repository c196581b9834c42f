// Products of 16-bit pairs, for the int8 Winograd of x86: U is [channel pair][lane][2]. A tier's file defines
//
//   load_taps      4 channels of VECTOR_LANES lanes as two vectors: channels 0 and 1, 2 and 3
//   add_pair       acc + the products of two words with two of every lane
//
// and includes this before winograd_i8_body.h.

typedef int16_t words __attribute__((vector_size(sizeof(vector))));

/// Tap i of 4 channels: pairs of one vector of lanes after those of another, and channels 2 and 3 last.
HRN_INLINE void load_filters(words g[][9], int i, const int8_t *w, int vectors) {
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) {
    vector low, high;
    load_taps(w + v * VECTOR_LANES * 4, &low, &high);
    g[v][i] = (words)low;
    g[vectors + v][i] = (words)high;
  }
}

/// acc + the products of a pair of channels of `tiles` tiles with U of those channels.
HRN_INLINE void add_channels(vector acc[TILES][SLICE], int tiles, int vectors, const int16_t *v, const words u[SLICE]) {
  HRN_UNROLL
  for (int t = 0; t < tiles; t++)
    HRN_UNROLL
    for (int i = 0; i < vectors; i++) acc[t][i] = add_pair(acc[t][i], v + t * WINOGRAD_CHUNK, (vector)u[i]);
}

HRN_INLINE void add_products(vector acc[TILES][SLICE], int tiles, int vectors, const int16_t *v, const int16_t *u,
                             int32_t channels, hrn_asking *ahead) {
  const int32_t pairs = channels / 2;
  HRN_ALIGNED
  for (int32_t k = 0; k < pairs; k++, u += vectors * VECTOR_LANES * 2) {
    words row[SLICE];
    if (vectors * VECTOR_LANES > 16) hrn_ask_some(ahead, 1);
    HRN_UNROLL
    for (int i = 0; i < vectors; i++) memcpy(&row[i], u + i * VECTOR_LANES * 2, sizeof(words));
    add_channels(acc, tiles, vectors, v + k * 2, row);
  }
}
