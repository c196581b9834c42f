// The int8 Winograd behind its input: U = G g G', M = U . V summed over channels, Y = A M A', and on to the output.
//
// Everything after the products is arithmetic modulo 2^32, where sums may overflow as they like: with
//
//   G = [ 6  0  0 ]  point 0          A4 = [ 1  4  4  0  1  1 ]  24       A2 = [ 1  3  3  0 ]  6
//       [ 1  1  1 ]  1                     [ 0  2 -2  0  1 -1 ]  12            [ 0  3 -3  1 ]  6
//       [ 1 -1  1 ]  -1                    [ 0  1  1  0  1  1 ]   6
//       [ 0  0  6 ]  infinity              [ 0  1 -1  1  2 -2 ]   6
//       [ 1  2  4 ]  2
//       [ 1 -2  4 ]  -2
//
// and B of winograd_input_i8, A M A' is the convolution times the two factors at the ends of A's rows, 9 times a power
// of 2 up to 2^6. Multiplying by the inverse of 9 modulo 2^32 and shifting leaves the convolution itself, if that is
// less than 2^25.
//
// A tier's file defines, before it includes this and the functions that finish a tile of conv2d_i8:
//
//   vector, VECTORS, VECTOR_LANES     as for a tile of conv2d_i8
//   TILES                             tiles whose products are in registers at once
//   PASS_CHUNKS                       chunks per pass of VECTORS vectors of lanes
//   load_taps                         4 channels of VECTOR_LANES lanes as two vectors of words: channels 0 and 1, 2 and 3
//   add_products                      acc + the products of two words with two of every lane

typedef int16_t words __attribute__((vector_size(sizeof(vector))));
typedef uint32_t residues __attribute__((vector_size(sizeof(vector))));
typedef int32_t integers __attribute__((vector_size(sizeof(vector))));

/// What stays the same during a call.
typedef struct {
  const hrn_conv2d_i8 *a;
  hrn_winograd_cover cover;
  const int16_t *v;
  int64_t v_step;               // elements between positions of v
  int16_t *u;
  int32_t *m;
} winograd;

/// The lanes of one pass.
typedef struct {
  int32_t channel, lanes;
  const int8_t *weights;        // of these lanes
  int32_t group_lanes;
} winograd_lanes;

static inline int64_t u_step(int32_t lanes, int32_t channels) { return (int64_t)lanes * channels + 32; }
static inline int64_t m_step(int32_t lanes, int32_t tiles) { return (int64_t)lanes * tiles + 16; }

/// The values of a filter of three taps at the points.
HRN_INLINE void filter_points(words u[HRN_POINTS], words g0, words g1, words g2) {
  const words ends = g0 + g2, far_ends = g0 + g2 * 4, far_middle = g1 * 2;
  u[0] = g0 * 6;
  u[1] = ends + g1;
  u[2] = ends - g1;
  u[3] = g2 * 6;
  u[4] = far_ends + far_middle;
  u[5] = far_ends - far_middle;
}

/// U of two channels of one vector of lanes.
HRN_INLINE void store_filter(words g[3][3], int16_t *u, int64_t step) {
  words rows[HRN_POINTS][3];
  HRN_UNROLL
  for (int x = 0; x < 3; x++) {
    words at[HRN_POINTS];
    filter_points(at, g[0][x], g[1][x], g[2][x]);
    HRN_UNROLL
    for (int i = 0; i < HRN_POINTS; i++) rows[i][x] = at[i];
  }
  HRN_UNROLL
  for (int i = 0; i < HRN_POINTS; i++) {
    words at[HRN_POINTS];
    filter_points(at, rows[i][0], rows[i][1], rows[i][2]);
    HRN_UNROLL
    for (int j = 0; j < HRN_POINTS; j++) memcpy(u + (i * HRN_POINTS + j) * step, &at[j], sizeof(words));
  }
}

/// U of channels [c0, c0 + channels).
HRN_INLINE void make_filters(const winograd *w, const winograd_lanes *l, int vectors, int32_t c0, int32_t channels) {
  const int32_t in_block = w->a->shape.in_block, lanes = vectors * VECTOR_LANES;
  const int64_t row = (int64_t)l->group_lanes * 4, tap = (int64_t)l->group_lanes * in_block;
  const int64_t step = u_step(lanes, channels);
  for (int32_t c = 0; c < channels; c += 4) {
    const int32_t block = (c0 + c) / in_block, k = (c0 + c) % in_block;
    const int8_t *taps = l->weights + block * 9 * tap + k / 4 * row;
    for (int v = 0; v < vectors; v++) {
      words low[3][3], high[3][3];
      HRN_UNROLL
      for (int i = 0; i < 9; i++) {
        vector first, second;
        load_taps(taps + i * tap + v * VECTOR_LANES * 4, &first, &second);
        low[i / 3][i % 3] = (words)first;
        high[i / 3][i % 3] = (words)second;
      }
      int16_t *u = w->u + (c / 2 * lanes + v * VECTOR_LANES) * 2;
      store_filter(low, u, step);
      store_filter(high, u + lanes * 2, step);
    }
  }
}

/// M of one position of `tiles` tiles, from all chunks of a pass.
HRN_INLINE void multiply(const int16_t *v, int64_t chunk_step, const int16_t *u, int32_t *m, int tiles, int vectors,
                         int32_t channels, int is_first) {
  residues acc[TILES][VECTORS];
  const int lanes = vectors * VECTOR_LANES;
  HRN_UNROLL
  for (int t = 0; t < tiles; t++)
    HRN_UNROLL
    for (int i = 0; i < vectors; i++) {
      if (is_first) acc[t][i] = (residues){0};
      else memcpy(&acc[t][i], m + t * lanes + i * VECTOR_LANES, sizeof(residues));
    }
  for (; channels > 0; channels -= WINOGRAD_CHUNK, v += chunk_step) {
    const int32_t pairs = hrn_min_i32(channels, WINOGRAD_CHUNK) / 2;
    for (int32_t k = 0; k < pairs; k++, u += lanes * 2) {
      vector row[VECTORS];
      HRN_UNROLL
      for (int i = 0; i < vectors; i++) memcpy(&row[i], u + i * VECTOR_LANES * 2, sizeof(vector));
      HRN_UNROLL
      for (int t = 0; t < tiles; t++)
        HRN_UNROLL
        for (int i = 0; i < vectors; i++)
          acc[t][i] = (residues)add_products((vector)acc[t][i], v + t * WINOGRAD_CHUNK + k * 2, row[i]);
    }
  }
  HRN_UNROLL
  for (int t = 0; t < tiles; t++)
    HRN_UNROLL
    for (int i = 0; i < vectors; i++) memcpy(m + t * lanes + i * VECTOR_LANES, &acc[t][i], sizeof(residues));
}

typedef void (*multiply_function)(const int16_t *v, int64_t chunk_step, const int16_t *u, int32_t *m,
                                  int32_t channels, int is_first);

/// Defines `multiply` for one number of tiles.
#define MULTIPLY(tiles, vectors)                                                                                \
  static void multiply_##tiles##x##vectors(const int16_t *v, int64_t chunk_step, const int16_t *u, int32_t *m,  \
                                           int32_t channels, int is_first) {                                    \
    if (is_first) multiply(v, chunk_step, u, m, tiles, vectors, channels, 1);                                   \
    else multiply(v, chunk_step, u, m, tiles, vectors, channels, 0);                                            \
  }

/// M of every position of `tiles`, from channels [c0, c0 + channels).
static void multiply_tiles(const winograd *w, const multiply_function *functions, int32_t lanes, hrn_range tiles,
                           int32_t c0, int32_t channels) {
  const int64_t chunk_step = HRN_POSITIONS * w->v_step;
  for (int32_t p = 0; p < HRN_POSITIONS; p++) {
    const hrn_range all = hrn_winograd_tiles_at(&w->cover, p / HRN_POINTS, p % HRN_POINTS);
    const int32_t first = hrn_max_i32(all.first, tiles.first), end = hrn_min_i32(all.end, tiles.end);
    const int32_t count = hrn_max_i32(0, end - first), pieces = (count + TILES - 1) / TILES;
    const int16_t *v = w->v + c0 / WINOGRAD_CHUNK * chunk_step + p * w->v_step + (int64_t)first * WINOGRAD_CHUNK;
    const int16_t *u = w->u + p * u_step(lanes, channels);
    int32_t *m = w->m + p * m_step(lanes, tiles.end - tiles.first) + (first - tiles.first) * lanes;
    for (int32_t i = 0; i < pieces; i++) {
      const int32_t n = count / pieces + (i < count % pieces);
      functions[n - 1](v, chunk_step, u, m, channels, c0 == 0);
      v += n * WINOGRAD_CHUNK;
      m += n * lanes;
    }
  }
}

/// The outputs of the values at `count` points, times their factors.
HRN_INLINE void interpolate(residues y[4], const residues m[HRN_POINTS], int count) {
  const residues even = m[1] + m[2], odd = m[1] - m[2];
  if (count == HRN_SHARED_POINTS) {
    y[0] = m[0] + even * 3;
    y[1] = odd * 3 + m[3];
    return;
  }
  const residues far_even = m[4] + m[5], far_odd = m[4] - m[5];
  y[0] = m[0] + even * 4 + far_even;
  y[1] = odd * 2 + far_odd;
  y[2] = even + far_even;
  y[3] = odd + far_odd * 2 + m[3];
}

/// The power of 2 in the factor of output `index`: 24, 12, 6 and 6, or 6 and 6.
HRN_INLINE int shift_of(int index, int points) {
  return points == HRN_SHARED_POINTS ? 1 : index == 0 ? 3 : index == 1 ? 2 : 1;
}

/// One vector of a tile's outputs from its products, which lie `step` apart.
HRN_INLINE void read_outputs(vector y[4][4][VECTORS], int i, const int32_t *m, int64_t step, int height, int width) {
  residues columns[4][HRN_POINTS];
  HRN_UNROLL
  for (int x = 0; x < width; x++) {
    residues at[HRN_POINTS], column[4];
    HRN_UNROLL
    for (int p = 0; p < height; p++) memcpy(&at[p], m + (p * HRN_POINTS + x) * step, sizeof(residues));
    interpolate(column, at, height);
    HRN_UNROLL
    for (int r = 0; r < height - 2; r++) columns[r][x] = column[r];
  }
  HRN_UNROLL
  for (int r = 0; r < height - 2; r++) {
    residues row[4];
    interpolate(row, columns[r], width);
    HRN_UNROLL
    for (int x = 0; x < width - 2; x++)
      y[r][x][i] = (vector)((integers)(row[x] * 954437177u) >> (shift_of(r, height) + shift_of(x, width)));
  }
}

/// One tile's outputs: biases in, requantized values out.
HRN_INLINE void finish(const winograd *w, const winograd_lanes *l, int vectors, hrn_winograd_tile tile,
                       const int32_t *m, int64_t step, int height, int width) {
  const hrn_conv2d_shape *s = &w->a->shape;
  vector y[4][4][VECTORS];
  for (int i = 0; i < vectors; i++) read_outputs(y, i, m + i * VECTOR_LANES, step, height, width);
  const int32_t rows = hrn_min_i32(tile.height, s->out_height - tile.oy);
  const int32_t columns = hrn_min_i32(tile.width, s->out_width - tile.ox);
  for (int32_t r = 0; r < rows; r++) {
    for (int32_t x = 0; x < columns; x++) {
      const int32_t *bias = hrn_bias_at(w->a, tile.oy + r, tile.ox + x) + l->channel;
      HRN_UNROLL
      for (int i = 0; i < vectors; i++) {
        residues b;
        memcpy(&b, bias + i * VECTOR_LANES, sizeof b);
        y[r][x][i] = (vector)((residues)y[r][x][i] + b);
      }
    }
    const hrn_tile row = {.oy = tile.oy + r, .ox = tile.ox, .pixels = columns, .channel = l->channel,
                          .output = hrn_output_offset(s, tile.oy + r, tile.ox, l->channel),
                          .output_lane = l->channel % s->out_block};
    finish_tile(y[r], columns, vectors, w->a, &row);
  }
}

HRN_INLINE void finish_tiles(const winograd *w, const winograd_lanes *l, int vectors, hrn_range tiles) {
  const int32_t lanes = vectors * VECTOR_LANES;
  const int64_t step = m_step(lanes, tiles.end - tiles.first);
  for (int32_t t = tiles.first; t < tiles.end; t++) {
    const hrn_winograd_tile tile = hrn_winograd_tile_at(&w->cover, t);
    const int32_t *m = w->m + (t - tiles.first) * lanes;
    if (tile.height == 4 && tile.width == 4) finish(w, l, vectors, tile, m, step, HRN_POINTS, HRN_POINTS);
    else if (tile.height == 4) finish(w, l, vectors, tile, m, step, HRN_POINTS, HRN_SHARED_POINTS);
    else if (tile.width == 4) finish(w, l, vectors, tile, m, step, HRN_SHARED_POINTS, HRN_POINTS);
    else finish(w, l, vectors, tile, m, step, HRN_SHARED_POINTS, HRN_SHARED_POINTS);
  }
}

/// Some lanes of a group, through all tiles.
HRN_INLINE void run_lanes(const winograd *w, const winograd_lanes *l, int vectors, const multiply_function *functions) {
  const hrn_conv2d_shape *s = &w->a->shape;
  const int32_t lanes = vectors * VECTOR_LANES, channels = s->map_blocks * s->in_block;
  const int32_t pass = PASS_CHUNKS * WINOGRAD_CHUNK, most = WINOGRAD_M / (VECTORS * VECTOR_LANES);
  const int32_t tiles = w->cover.tiles, parts = (tiles + most - 1) / most;
  hrn_range part = {0, 0};
  for (int32_t i = 0; i < parts; i++, part.first = part.end) {
    part.end = part.first + tiles / parts + (i < tiles % parts);
    for (int32_t c = 0; c < channels; c += pass) {
      const int32_t count = hrn_min_i32(pass, channels - c);
      if (i == 0 || channels > pass) make_filters(w, l, vectors, c, count);
      multiply_tiles(w, functions, lanes, part, c, count);
    }
    finish_tiles(w, l, vectors, part);
  }
}

/// The whole call: `wide` is multiply's instances for VECTORS vectors, `narrow` for 16 lanes.
HRN_INLINE void run_winograd(const hrn_conv2d_i8 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1,
                             const int16_t *v, void *scratch, const multiply_function *wide,
                             const multiply_function *narrow) {
  const hrn_conv2d_shape *s = &a->shape;
  winograd w = {.a = a, .cover = hrn_winograd_cover_of(s, row0, row1), .v = v, .u = scratch,
                .m = (int32_t *)((char *)scratch + WINOGRAD_U_BYTES)};
  w.v_step = winograd_position_step(&w.cover);
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, s->out_channels, group0, group1);
  for (int32_t group = group0; group < group1; group++) {
    const int32_t c0 = group * HRN_GROUP_LANES, group_lanes = hrn_group_lanes(s->out_channels, group);
    winograd_lanes l = {.group_lanes = group_lanes};
    for (int32_t lane = 0; lane < group_lanes; lane += l.lanes) {
      l.lanes = group_lanes - lane >= VECTORS * VECTOR_LANES ? VECTORS * VECTOR_LANES : 16;
      l.channel = c0 + lane;
      l.weights = a->weights + c0 * hrn_depth(s) + lane * 4;
      if (l.lanes == VECTORS * VECTOR_LANES) run_lanes(&w, &l, VECTORS, wide);
      else run_lanes(&w, &l, 16 / VECTOR_LANES, narrow);
    }
  }
}
