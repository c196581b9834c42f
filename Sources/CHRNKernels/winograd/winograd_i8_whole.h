// The products of the int8 Winograd with U of a pass in memory, [position][channel pair][lane][2]. For winograd_i8_body.h,
// of tiers that define load_filters and add_products.

enum { U_STEP = VECTORS * VECTOR_LANES * PASS_CHANNELS + 32, END_FACTOR = 1 };

_Static_assert(HRN_POSITIONS * U_STEP * 2 <= WINOGRAD_U_BYTES, "U of one pass fits the scratch");

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

/// U of channels [c0, c0 + channels), 16 lanes at a time: a line of weights, which is read once, since taps lie a power of 2
/// apart, in one set of a cache.
static __attribute__((noinline)) void make_filters(const winograd *w, const winograd_lanes *l, int32_t lanes, int32_t c0,
                                                   int32_t channels) {
  enum { LINE_VECTORS = 16 / VECTOR_LANES };
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

/// M of one position of `tiles` tiles, from all chunks of a pass.
HRN_INLINE void multiply(const int16_t *v, int64_t chunk_step, const int16_t *u, int32_t *m, int tiles, int vectors,
                         int32_t channels, int is_first, hrn_asking *ahead) {
  vector acc[TILES][SLICE];
  load_m(acc, m, tiles, vectors, is_first);
  for (; channels > 0; channels -= WINOGRAD_CHUNK, v += chunk_step, u += vectors * VECTOR_LANES * WINOGRAD_CHUNK)
    add_products(acc, tiles, vectors, v, u, hrn_min_i32(channels, WINOGRAD_CHUNK), ahead);
  store_m(acc, m, tiles, vectors);
}

typedef void (*multiply_function)(const int16_t *v, int64_t chunk_step, const int16_t *u, int32_t *m,
                                  int32_t channels, int is_first, hrn_asking *ahead);

#define MULTIPLY(tiles, function, vectors)                                                                       \
  static void function(const int16_t *v, int64_t chunk_step, const int16_t *u, int32_t *m, int32_t channels,     \
                       int is_first, hrn_asking *ahead) {                                                        \
    hrn_asking rest = *ahead;                                                                                    \
    if (is_first) multiply(v, chunk_step, u, m, tiles, vectors, channels, 1, &rest);                             \
    else multiply(v, chunk_step, u, m, tiles, vectors, channels, 0, &rest);                                      \
    *ahead = rest;                                                                                               \
  }
HRN_INSTANCES(multiply_function, products, TILES, MULTIPLY, VECTORS)
#if defined(HAS_NARROW_TILES)
HRN_INSTANCES(multiply_function, narrow_products, TILES, MULTIPLY, 16 / VECTOR_LANES)
#else
#define narrow_products products
_Static_assert(VECTORS * VECTOR_LANES == 16, "a group's last 16 lanes have products");
#endif

/// M of every position of `tiles`, from channels [c0, c0 + channels). Meanwhile weights come for the pass of the lanes
/// `next`, if any, from channel next_c on.
static __attribute__((noinline)) void multiply_tiles(const winograd *w, const multiply_function *functions,
                                                     int32_t lanes, hrn_range tiles, int32_t c0, int32_t channels,
                                                     const winograd_lanes *next, int32_t next_c) {
  const int64_t chunk_step = HRN_POSITIONS * w->v_step;
  for (int32_t p = 0; p < HRN_POSITIONS; p++) {
    const int32_t first = hrn_max_i32(w->tiles[p].first, tiles.first), end = hrn_min_i32(w->tiles[p].end, tiles.end);
    const int16_t *v = w->v + c0 / WINOGRAD_CHUNK * chunk_step + p * w->v_step + (int64_t)first * WINOGRAD_CHUNK;
    const int16_t *u = w->u + p * U_STEP;
    int32_t *m = w->m + p * M_STEP + (first - tiles.first) * lanes;
    hrn_asking ahead = next ? filters_ahead(next, next_c, p, HRN_POSITIONS) : (hrn_asking){0};
    // Where few products follow, those of 16 lanes, another instruction with each step would be a larger part of them.
    if (lanes == 16) hrn_ask_some(&ahead, INT32_MAX);
    for (int32_t left = end - first, n; left > 0; left -= n) {
      n = left == TILES + 1 ? TILES - 2 : hrn_min_i32(TILES, left);
      functions[n - 1](v, chunk_step, u, m, channels, c0 == 0, &ahead);
      v += n * WINOGRAD_CHUNK;
      m += n * lanes;
    }
  }
}

/// M of `tiles` += U V of a pass, from channels [c0, c0 + channels) on.
HRN_INLINE void add_pass(const winograd *w, const winograd_lanes *l, int vectors, hrn_range tiles, int32_t c0,
                         int32_t channels, const winograd_lanes *next, int32_t next_c) {
  if (tiles.first == 0 || l->channels > PASS_CHANNELS) make_filters(w, l, vectors * VECTOR_LANES, c0, channels);
  const multiply_function *const functions = vectors == VECTORS ? products : narrow_products;
  multiply_tiles(w, functions, vectors * VECTOR_LANES, tiles, c0, channels, next, next_c);
}
