// The products of the int8 Winograd with two rows of G g of a pass in memory, [row][channel pair][tap][lane][2], from which
// the products' loop makes U's columns in registers: additions have execution units of their own beside those that
// multiply, but a store of 512 bits takes the time of two products, as measured on Zen 5. So few bytes stay in a first
// cache, which U would not fit.
//
// Rows come in pairs whose points are alike, 0 and infinity, 1 and -1, 2 and -2, and so do the columns of the last two. Of
// U's rows and columns at 0 and infinity the factor of 6 is left to the outputs: modulo 2^32 it makes no difference where it
// is applied.
//
// For winograd_i8_body.h, of tiers whose registers hold TILES tiles of SLICE vectors, or at two positions half as many.

enum {
  END_FACTOR = 6,
  SLICE_LANES = SLICE * VECTOR_LANES,
  ROW_PAIRS = 3,
  COLUMNS = 4,  // of products: two points, or 1 and -1, 2 and -2 together
  ROW_STEP = 3 * SLICE_LANES * PASS_CHANNELS + 32,  // elements between the rows of a pair
};

_Static_assert(2 * ROW_STEP * 2 <= WINOGRAD_U_BYTES, "two rows of G g of one pass fit the scratch");

/// The points of the rows of each pair, and the first ones of the columns of products.
static const int8_t row_points[ROW_PAIRS][2] = {{0, HRN_INFINITY}, {1, 2}, {4, 5}};
static const int8_t column_points[COLUMNS] = {0, 1, HRN_INFINITY, 4};

/// The values of a filter of three taps at two points.
HRN_INLINE void pair_values(words values[2], words g0, words g1, words g2, int pair) {
  if (pair == 0) {
    values[0] = g0;
    values[1] = g2;
    return;
  }
  const int is_far = pair == 2;
  const words ends = g0 + (is_far ? g2 * 4 : g2), middle = is_far ? g1 * 2 : g1;
  values[0] = ends + middle;
  values[1] = ends - middle;
}

/// A pair of rows of G g of channels [c0, c0 + channels) and one slice of lanes, 16 of them at a time: a line of weights.
HRN_INLINE void make_rows(const winograd *w, const winograd_lanes *l, int32_t lanes, int32_t slice, int32_t c0,
                          int32_t channels, int pair) {
  enum { LINE_VECTORS = 16 / VECTOR_LANES };
  const int32_t words_of_pair = 2 * lanes;
  const int64_t tap = tap_step(l);
  for (int32_t c = 0; c < channels; c += 4)
    for (int32_t lane = 0; lane < lanes; lane += 16) {
      const int8_t *taps = taps_at(l, c0 + c) + 4 * (slice * SLICE_LANES + lane);
      int16_t *const u = w->u + c / 2 * 3 * words_of_pair + 2 * lane;
      words g[2 * LINE_VECTORS][9];
      HRN_UNROLL
      for (int i = 0; i < 9; i++)
        if (pair > 0 || i / 3 != 1) load_filters(g, i, taps + i * tap, LINE_VECTORS);
      HRN_UNROLL
      for (int n = 0; n < 2 * LINE_VECTORS; n++) {
        int16_t *const at = u + n / LINE_VECTORS * 3 * words_of_pair + n % LINE_VECTORS * 2 * VECTOR_LANES;
        HRN_UNROLL
        for (int x = 0; x < 3; x++) {
          words rows[2];
          pair_values(rows, g[n][x], g[n][3 + x], g[n][6 + x], pair);
          HRN_UNROLL
          for (int r = 0; r < 2; r++) memcpy(at + x * words_of_pair + r * ROW_STEP, &rows[r], sizeof(words));
        }
      }
    }
}

typedef void (*rows_function)(const winograd *w, const winograd_lanes *l, int32_t lanes, int32_t slice, int32_t c0,
                              int32_t channels);

#define ROWS(pair)                                                                                                  \
  static __attribute__((noinline)) void make_rows_##pair(const winograd *w, const winograd_lanes *l, int32_t lanes, \
                                                         int32_t slice, int32_t c0, int32_t channels) {             \
    make_rows(w, l, lanes, slice, c0, channels, pair);                                                              \
  }
ROWS(0)
ROWS(1)
ROWS(2)

/// The values of a tap of G g for a pair of channels.
HRN_INLINE void load_tap(words at[SLICE], const int16_t *row, int tap, int vectors) {
  HRN_UNROLL
  for (int i = 0; i < vectors; i++)
    memcpy(&at[i], row + (tap * vectors + i) * VECTOR_LANES * 2, sizeof(words));
}

/// M at a column of one point, 0 or infinity, whose U is the first or the last tap of the row.
HRN_INLINE void multiply_end(const int16_t *v, const int16_t *row, int32_t *m, int tiles, int vectors, int32_t pairs,
                             int is_first, hrn_asking *ahead) {
  vector acc[TILES][SLICE];
  load_m(acc, m, tiles, vectors, is_first);
  HRN_ALIGNED
  for (; pairs > 0; pairs--, v += 2, row += 3 * vectors * VECTOR_LANES * 2) {
    words u[SLICE];
    hrn_ask_some(ahead, 1);
    load_tap(u, row, 0, vectors);
    add_channels(acc, tiles, vectors, v, u);
  }
  store_m(acc, m, tiles, vectors);
}

/// M at a column of two points, 1 and -1 or 2 and -2, which lie v_step apart in V.
HRN_INLINE void multiply_two(const int16_t *v, int64_t v_step, const int16_t *row, int32_t *m, int tiles, int vectors,
                             int32_t pairs, int is_first, int pair, hrn_asking *ahead) {
  vector acc[2][TILES][SLICE];
  HRN_UNROLL
  for (int p = 0; p < 2; p++) load_m(acc[p], m + p * M_STEP, tiles, vectors, is_first);
  HRN_ALIGNED
  for (; pairs > 0; pairs--, v += 2, row += 3 * vectors * VECTOR_LANES * 2) {
    words taps[3][SLICE], u[2][SLICE];
    hrn_ask_some(ahead, 1);
    HRN_UNROLL
    for (int i = 0; i < 3; i++) load_tap(taps[i], row, i, vectors);
    HRN_UNROLL
    for (int i = 0; i < vectors; i++) {
      words at[2];
      pair_values(at, taps[0][i], taps[1][i], taps[2][i], pair);
      u[0][i] = at[0];
      u[1][i] = at[1];
    }
    add_channels(acc[0], tiles, vectors, v, u[0]);
    add_channels(acc[1], tiles, vectors, v + v_step, u[1]);
  }
  HRN_UNROLL
  for (int p = 0; p < 2; p++) store_m(acc[p], m + p * M_STEP, tiles, vectors);
}

/// A function of products: V of some tiles at a column's first point, the row of G g, and M of those tiles.
#define MULTIPLY_ARGUMENTS                                                                                 \
  const int16_t *v, int64_t v_step, const int16_t *row, int32_t *m, int32_t pairs, int is_first, hrn_asking *ahead
typedef void (*multiply_function)(MULTIPLY_ARGUMENTS);

#define MULTIPLY(function, call)             \
  static void function(MULTIPLY_ARGUMENTS) { \
    hrn_asking rest = *ahead;                \
    (void)v_step;                            \
    call;                                    \
    *ahead = rest;                           \
  }
#define MULTIPLY_END(tiles, function, vectors) \
  MULTIPLY(function, multiply_end(v, row, m, tiles, vectors, pairs, is_first, &rest))
#define MULTIPLY_NEAR(tiles, function, vectors) \
  MULTIPLY(function, multiply_two(v, v_step, row, m, tiles, vectors, pairs, is_first, 1, &rest))
#define MULTIPLY_FAR(tiles, function, vectors) \
  MULTIPLY(function, multiply_two(v, v_step, row, m, tiles, vectors, pairs, is_first, 2, &rest))

/// The products of every kind of column.
typedef struct {
  const multiply_function *end, *near, *far;
} column_functions;

#define PRODUCTS(name, vectors)                                                     \
  HRN_INSTANCES(multiply_function, name##_end, TILES, MULTIPLY_END, vectors)        \
  HRN_INSTANCES(multiply_function, name##_near, TILES_OF_TWO, MULTIPLY_NEAR, vectors) \
  HRN_INSTANCES(multiply_function, name##_far, TILES_OF_TWO, MULTIPLY_FAR, vectors) \
  static const column_functions name = {name##_end, name##_near, name##_far};
PRODUCTS(products, SLICE)
PRODUCTS(narrow_products, 16 / VECTOR_LANES)

_Static_assert(TILES == 2 * TILES_OF_TWO, "registers hold a tile's sums at two positions, or two tiles'");

/// The part of `left` tiles that is multiplied next, at most `most`: no few are left over.
HRN_INLINE int32_t next_tiles(int32_t left, int32_t most) {
  return left > 2 * most ? most : left > most ? (left + 1) / 2 : left;
}

/// M of `tiles` at all positions of a pair of rows and one slice of lanes, from channels [c0, c0 + channels). Meanwhile
/// `ahead` is asked for, `lines` of it with every column.
static __attribute__((noinline)) void multiply_rows(const winograd *w, const column_functions *functions, int32_t lanes,
                                                    int32_t slice, hrn_range tiles, int32_t c0, int32_t channels, int pair,
                                                    hrn_asking *ahead, int32_t lines) {
  const int32_t slice_lanes = hrn_min_i32(lanes, SLICE_LANES);
  const int16_t *const chunk = w->v + c0 / WINOGRAD_CHUNK * HRN_POSITIONS * w->v_step;
  const uint8_t *const end_ahead = ahead->end;
  ahead->end = ahead->next;
  for (int r = 0; r < 2; r++)
    for (int j = 0; j < COLUMNS; j++) {
      const int32_t point = column_points[j], p = row_points[pair][r] * HRN_POINTS + point;
      const int32_t first = hrn_max_i32(w->tiles[p].first, tiles.first), end = hrn_min_i32(w->tiles[p].end, tiles.end);
      const int16_t *v = chunk + p * w->v_step + (int64_t)first * WINOGRAD_CHUNK;
      const int16_t *g = w->u + r * ROW_STEP + (point == HRN_INFINITY ? 2 * 2 * slice_lanes : 0);
      int32_t *m = w->m + p * M_STEP + (first - tiles.first) * lanes + slice * SLICE_LANES;
      const int is_end = point == 0 || point == HRN_INFINITY;
      const multiply_function *const of = is_end ? functions->end : point == 1 ? functions->near : functions->far;
      const uint8_t *const some = ahead->end + lines * ahead->step;
      ahead->end = some < end_ahead ? some : end_ahead;
      for (int32_t left = end - first, n; left > 0; left -= n) {
        n = next_tiles(left, is_end ? TILES : TILES_OF_TWO);
        of[n - 1](v, w->v_step, g, m, channels / 2, c0 == 0, ahead);
        v += n * WINOGRAD_CHUNK;
        m += n * lanes;
      }
    }
  ahead->end = end_ahead;
}

/// M of `tiles` += U V of a pass, from channels [c0, c0 + channels) on. Meanwhile weights come for the pass of the lanes
/// `next`, if any, from channel next_c on.
static __attribute__((noinline)) void add_pass(const winograd *w, const winograd_lanes *l, int vectors, hrn_range tiles,
                                               int32_t c0, int32_t channels, const winograd_lanes *next, int32_t next_c) {
  static const rows_function rows[ROW_PAIRS] = {make_rows_0, make_rows_1, make_rows_2};
  const int32_t lanes = vectors * VECTOR_LANES, slice_lanes = hrn_min_i32(lanes, SLICE_LANES);
  const int32_t parts = lanes / slice_lanes * ROW_PAIRS * 2 * COLUMNS;
  const column_functions *const functions = lanes == 16 ? &narrow_products : &products;
  hrn_asking ahead = next ? filters_ahead(next, next_c, 0, 1) : (hrn_asking){0};
  const int32_t lines = next ? (int32_t)((ahead.end - ahead.next) / ahead.step + parts - 1) / parts : 0;
  for (int32_t slice = 0; slice * slice_lanes < lanes; slice++)
    for (int pair = 0; pair < ROW_PAIRS; pair++) {
      rows[pair](w, l, slice_lanes, slice, c0, channels);
      multiply_rows(w, functions, lanes, slice, tiles, c0, channels, pair, &ahead, lines);
    }
}
