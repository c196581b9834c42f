// The weights of the int8 Winograd, U = G g G', in 16 bits: at most 49 * 128. For winograd_i8_body.h.

/// The values of a filter of three taps at the points, of which G multiplies those at 0 and infinity by `end`, 6.
HRN_INLINE void filter_points(words u[HRN_POINTS], words g0, words g1, words g2, int16_t end) {
  const words ends = g0 + g2, far_ends = g0 + g2 * 4, far_middle = g1 * 2;
  u[0] = g0 * end;
  u[1] = ends + g1;
  u[2] = ends - g1;
  u[HRN_INFINITY] = g2 * end;
  u[4] = far_ends + far_middle;
  u[5] = far_ends - far_middle;
}

/// A row of U from a row of G g.
HRN_INLINE void store_row(words g0, words g1, words g2, int16_t *u) {
  words at[HRN_POINTS];
  filter_points(at, g0, g1, g2, 6);
  HRN_UNROLL
  for (int j = 0; j < HRN_POINTS; j++) memcpy(u + j * U_STEP, &at[j], sizeof(words));
}

/// U of one vector of words, whose taps are g: row by row, so that little of G g is alive at once.
HRN_INLINE void store_filter(const words g[9], int16_t *u) {
  enum { ROW = HRN_POINTS * U_STEP };
  store_row(g[0] * 6, g[1] * 6, g[2] * 6, u);
  store_row(g[6] * 6, g[7] * 6, g[8] * 6, u + 3 * ROW);
  words ends[3], middle[3];
  HRN_UNROLL
  for (int x = 0; x < 3; x++) ends[x] = g[x] + g[6 + x];
  store_row(ends[0] + g[3], ends[1] + g[4], ends[2] + g[5], u + ROW);
  store_row(ends[0] - g[3], ends[1] - g[4], ends[2] - g[5], u + 2 * ROW);
  HRN_UNROLL
  for (int x = 0; x < 3; x++) {
    ends[x] = g[x] + g[6 + x] * 4;
    middle[x] = g[3 + x] * 2;
  }
  store_row(ends[0] + middle[0], ends[1] + middle[1], ends[2] + middle[2], u + 4 * ROW);
  store_row(ends[0] - middle[0], ends[1] - middle[1], ends[2] - middle[2], u + 5 * ROW);
}

HRN_INLINE int64_t tap_step(const winograd_lanes *l) { return (int64_t)l->group_lanes * l->in_block; }

/// Where the first tap's weights of channels c to c + 3 lie.
HRN_INLINE const int8_t *taps_at(const winograd_lanes *l, int32_t c) {
  return l->weights + ((int64_t)(c / l->in_block) * 9 * l->in_block + c % l->in_block) * l->group_lanes;
}

/// U of channels [c0, c0 + channels), 16 lanes at a time: a line of weights, which is read once, since taps lie a power of 2
/// apart, in one set of a cache.
HRN_INLINE void make_filters(const winograd *w, const winograd_lanes *l, int vectors, int32_t c0, int32_t channels) {
  enum { LINE_VECTORS = 16 / VECTOR_LANES };
  const int32_t lanes = vectors * VECTOR_LANES;
  const int64_t tap = tap_step(l);
  for (int32_t c = 0; c < channels; c += 4)
    for (int32_t lane = 0; lane < lanes; lane += 16) {
      const int8_t *taps = taps_at(l, c0 + c) + 4 * lane;
      int16_t *const u = w->u + c * lanes + 2 * lane;
      words g[2 * LINE_VECTORS][9];
      HRN_UNROLL
      for (int i = 0; i < 9; i++) load_filters(g, i, taps + i * tap, LINE_VECTORS);
      for (int n = 0; n < 2 * LINE_VECTORS; n++)
        store_filter(g[n], u + n / LINE_VECTORS * 2 * lanes + n % LINE_VECTORS * 2 * VECTOR_LANES);
    }
}

/// The lines of these lanes' weights of channels [c, c + PASS_CHANNELS), as far as there are so many, which come from
/// memory: what position p asks for, well before make_filters wants them. They follow one another, taps and all.
HRN_INLINE hrn_asking filters_ahead(const winograd_lanes *l, int32_t c, int32_t p) {
  const int32_t row = l->group_lanes * 4, rows = hrn_min_i32(PASS_CHANNELS, l->channels - c) / 4 * 9;
  const int32_t lines = l->lanes == l->group_lanes ? rows * row / 64 : rows;
  const int64_t step = l->lanes == l->group_lanes ? 64 : row;
  const uint8_t *const all = (const uint8_t *)taps_at(l, c);
  return (hrn_asking){.next = all + lines * p / HRN_POSITIONS * step, .end = all + lines * (p + 1) / HRN_POSITIONS * step,
                      .step = step};
}
