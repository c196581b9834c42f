// The int8 Winograd of a map of 2 x 2 tiles, such as 7 x 7 outputs. So few tiles use a weight that to keep U in memory
// would take longer than its products, so a vector of U is multiplied as soon as it is made. What goes to memory and back
// are the sums, which a first cache holds:
//
//   scratch  int32  [16 lanes][position][tile][lane]      M of a group
//
// Modulo 2^32 it makes no difference where G's factor of 6, at the points 0 and infinity, is applied: M gets it at the
// end, not every weight.
//
// For winograd_i8_body.h, on x86.

/// Channels that a step adds to 16 lanes of M, and channels from those to the ones whose weights are asked for meanwhile.
enum { STEP = WINOGRAD_STEP, ASKING_CHANNELS = 4 * STEP };
enum { STEP_VECTORS = 16 / VECTOR_LANES, FEW_M_STEP = WINOGRAD_FEW * 16, FEW_M = HRN_POSITIONS * FEW_M_STEP };

_Static_assert(HRN_GROUP_LANES / 16 * FEW_M * 4 <= WINOGRAD_M_BYTES, "M of a group fits the scratch");

/// The weights of a step: a pair of channels in each vector.
typedef words step_words[STEP / 2][STEP_VECTORS];

/// The tiles that have the positions of a row's point and each column's: alike before infinity, and after it.
typedef struct {
  hrn_range near, infinity, far;
} row_tiles;

/// M of `tiles` tiles of a position += U V.
HRN_INLINE void add_tiles(const step_words u, const int16_t *v, int32_t *m, int tiles) {
  HRN_UNROLL
  for (int t = 0; t < tiles; t++) {
    vector sums[STEP_VECTORS];
    memcpy(sums, m + t * 16, sizeof sums);
    HRN_UNROLL
    for (int k = 0; k < STEP / 2; k++)
      HRN_UNROLL
      for (int i = 0; i < STEP_VECTORS; i++) sums[i] = add_pair(sums[i], v + t * STEP + 2 * k, (vector)u[k][i]);
    memcpy(m + t * 16, sums, sizeof sums);
  }
  HRN_IN_ORDER;
}

/// The same of two tiles or four; the neighbour of a single one is computed with it, for nobody.
HRN_INLINE void add_position(const step_words u, const int16_t *v, int32_t *m, hrn_range tiles) {
  v += tiles.first * STEP;
  m += tiles.first * 16;
  add_tiles(u, v, m, 2);
  if (tiles.end - tiles.first > 2) add_tiles(u, v + 2 * STEP, m + 2 * 16, 2);
}

#define EACH_WORDS                              \
  HRN_UNROLL                                    \
  for (int k = 0; k < STEP / 2; k++)            \
    HRN_UNROLL                                  \
    for (int i = 0; i < STEP_VECTORS; i++)

/// M of a row of positions += U V, where a row of G g is in `g`.
HRN_INLINE void add_row(const words g[STEP / 2][STEP_VECTORS][3], const int16_t *v, int32_t *m, const row_tiles *tiles) {
  enum { V = WINOGRAD_FEW * STEP, M = FEW_M_STEP };
  step_words u;
  EACH_WORDS u[k][i] = g[k][i][0];
  add_position(u, v, m, tiles->near);
  EACH_WORDS u[k][i] = g[k][i][0] + g[k][i][2] + g[k][i][1];
  add_position(u, v + V, m + M, tiles->near);
  EACH_WORDS u[k][i] = g[k][i][0] + g[k][i][2] - g[k][i][1];
  add_position(u, v + 2 * V, m + 2 * M, tiles->near);
  EACH_WORDS u[k][i] = g[k][i][2];
  add_position(u, v + 3 * V, m + 3 * M, tiles->infinity);
  EACH_WORDS u[k][i] = g[k][i][0] + g[k][i][2] * 4 + g[k][i][1] * 2;
  add_position(u, v + 4 * V, m + 4 * M, tiles->far);
  EACH_WORDS u[k][i] = g[k][i][0] + g[k][i][2] * 4 - g[k][i][1] * 2;
  add_position(u, v + 5 * V, m + 5 * M, tiles->far);
}
#undef EACH_WORDS

/// 16 lanes of M += U V of a step's channels, whose first tap's weights lie at `taps`. Both loops stay loops: all in a row
/// would be more code than a CPU keeps decoded.
static __attribute__((noinline)) void add_step(const winograd_lanes *l, const int8_t *taps, const int16_t *v, int32_t *m,
                                               const row_tiles tiles[HRN_POINTS]) {
  const int64_t tap = tap_step(l);
  words rows[HRN_POINTS][STEP / 2][STEP_VECTORS][3];
  HRN_ROLLED
  for (int x = 0; x < 3; x++, taps += tap)
    HRN_UNROLL
    for (int four = 0; four < STEP / 4; four++)
      HRN_UNROLL
      for (int i = 0; i < STEP_VECTORS; i++) {
        vector g[3][2];
        HRN_UNROLL
        for (int y = 0; y < 3; y++)
          load_taps(taps + 3 * y * tap + four * 4 * l->group_lanes + i * VECTOR_LANES * 4, &g[y][0], &g[y][1]);
        HRN_UNROLL
        for (int pair = 0; pair < 2; pair++) {
          words at[HRN_POINTS];
          filter_points(at, (words)g[0][pair], (words)g[1][pair], (words)g[2][pair], 1);
          HRN_UNROLL
          for (int p = 0; p < HRN_POINTS; p++) rows[p][2 * four + pair][i][x] = at[p];
        }
      }
  HRN_ROLLED
  for (int p = 0; p < HRN_POINTS; p++, v += HRN_POINTS * WINOGRAD_FEW * STEP, m += HRN_POINTS * FEW_M_STEP)
    add_row(rows[p], v, m, &tiles[p]);
}

/// Asks for the weights of a step's channels of 16 lanes.
HRN_INLINE void prefetch_step(const winograd_lanes *l, const int8_t *taps) {
  const int64_t tap = tap_step(l);
  for (int i = 0; i < 9; i++)
    for (int four = 0; four < STEP / 4; four++)
      __builtin_prefetch(taps + i * tap + four * 4 * l->group_lanes, 0, 2);
}

/// Applies G's factors to 16 lanes of M.
static void scale_ends(int32_t *m) {
  for (int32_t p = 0; p < HRN_POSITIONS; p++, m += FEW_M_STEP) {
    const int32_t i = p / HRN_POINTS, j = p % HRN_POINTS;
    const uint32_t factor = (i % HRN_INFINITY ? 1 : 6) * (j % HRN_INFINITY ? 1 : 6);
    for (int32_t x = 0; factor > 1 && x < FEW_M_STEP; x += VECTOR_LANES) {
      residues sums;
      memcpy(&sums, m + x, sizeof sums);
      sums *= factor;
      memcpy(m + x, &sums, sizeof sums);
    }
  }
}

/// M of a group, a step of channels at a time: weights are read in order.
static void add_group(const winograd *w, const winograd_lanes *group, const row_tiles tiles[HRN_POINTS]) {
  const int32_t lanes = group->group_lanes, last = group->channels - STEP;
  memset(w->m, 0, (size_t)(lanes / 16 * FEW_M) * sizeof *w->m);
  const int16_t *v = w->v;
  for (int32_t c = 0; c <= last; c += STEP, v += HRN_POSITIONS * WINOGRAD_FEW * STEP) {
    const int8_t *taps = taps_at(group, c), *ahead = taps_at(group, hrn_min_i32(c + ASKING_CHANNELS, last));
    for (int32_t lane = 0; lane < lanes; lane += 16) {
      prefetch_step(group, ahead + lane * 4);
      add_step(group, taps + lane * 4, v, w->m + lane / 16 * FEW_M, tiles);
    }
  }
  for (int32_t lane = 0; lane < lanes; lane += 16) scale_ends(w->m + lane / 16 * FEW_M);
}

/// Groups [group0, group1) of a map of few tiles.
static void run_few_groups(winograd *w, int32_t group0, int32_t group1) {
  row_tiles tiles[HRN_POINTS];
  for (int i = 0; i < HRN_POINTS; i++)
    tiles[i] = (row_tiles){hrn_winograd_tiles_at(&w->cover, i, 0), hrn_winograd_tiles_at(&w->cover, i, HRN_INFINITY),
                           hrn_winograd_tiles_at(&w->cover, i, HRN_POINTS - 1)};
  w->m_step = FEW_M_STEP;
  int32_t *const m = w->m;
  for (int32_t i = group0; i < group1; i++) {
    const winograd_lanes group = lanes_from(w->a, i * HRN_GROUP_LANES);
    w->m = m;
    add_group(w, &group, tiles);
    for (int32_t lane = 0; lane < group.group_lanes; lane += 16, w->m += FEW_M) {
      const winograd_lanes l = {.channel = group.channel + lane, .lanes = 16};
      finish_16_lanes(w, &l, (hrn_range){0, w->cover.tiles});
    }
  }
}
