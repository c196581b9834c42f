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
//   PASS_CHUNKS, PASS_TILES           chunks and tiles per pass, at most
//   load_taps                         4 channels of VECTOR_LANES lanes as two vectors: channels 0 and 1, 2 and 3
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

/// The lanes of one pass, from output channel `channel` on.
typedef struct {
  int32_t channel, lanes;
  int32_t in_block, channels;   // of the input
  const int8_t *weights;        // of these lanes
  int32_t group_lanes;
} winograd_lanes;

/// The most channels of a pass; elements of U and of M between positions, constants in addresses.
enum {
  PASS_CHANNELS = PASS_CHUNKS * WINOGRAD_CHUNK,
  U_STEP = VECTORS * VECTOR_LANES * PASS_CHANNELS + 32,
  M_STEP = VECTORS * VECTOR_LANES * PASS_TILES + 16,
};

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

/// A row of U from a row of G g.
HRN_INLINE void store_row(words g0, words g1, words g2, int16_t *u) {
  words at[HRN_POINTS];
  filter_points(at, g0, g1, g2);
  HRN_UNROLL
  for (int j = 0; j < HRN_POINTS; j++) memcpy(u + j * U_STEP, &at[j], sizeof(words));
}

/// U of two channels of one vector of lanes, whose taps are g: row by row, so that little of G g is alive at once.
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

/// U of channels [c0, c0 + channels). Each line of weights is read once: taps lie a power of 2 apart, in one set of a
/// cache.
HRN_INLINE void make_filters(const winograd *w, const winograd_lanes *l, int vectors, int32_t c0, int32_t channels) {
  const int32_t lanes = vectors * VECTOR_LANES;
  const int64_t tap = tap_step(l);
  for (int32_t c = 0; c < channels; c += 4) {
    const int8_t *taps = taps_at(l, c0 + c);
    words g[2][VECTORS][9];
    HRN_UNROLL
    for (int i = 0; i < 9; i++) {
      HRN_UNROLL
      for (int v = 0; v < vectors; v++) {
        vector low, high;
        load_taps(taps + i * tap + v * VECTOR_LANES * 4, &low, &high);
        g[0][v][i] = (words)low;
        g[1][v][i] = (words)high;
      }
    }
    for (int half = 0; half < 2; half++)
      for (int v = 0; v < vectors; v++)
        store_filter(g[half][v], w->u + ((c / 2 + half) * lanes + v * VECTOR_LANES) * 2);
  }
}

/// Asks for the weights of channels c to c + 3, which come from memory, well before make_filters wants them.
HRN_INLINE void prefetch_taps(const winograd_lanes *l, int32_t c) {
  const int8_t *taps = taps_at(l, c);
  const int64_t tap = tap_step(l);
  for (int i = 0; i < 9; i++)
    for (int32_t line = 0; line < l->lanes * 4; line += 64) __builtin_prefetch(taps + i * tap + line, 0, 2);
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
    HRN_ALIGNED
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

/// M of every position of `tiles`, from channels [c0, c0 + channels). Meanwhile weights come for the pass of the lanes
/// `next`, if any, from channel next_c on.
static void multiply_tiles(const winograd *w, const multiply_function *functions, int32_t lanes, hrn_range tiles,
                           int32_t c0, int32_t channels, const winograd_lanes *next, int32_t next_c) {
  const int64_t chunk_step = HRN_POSITIONS * w->v_step;
  for (int32_t p = 0; p < HRN_POSITIONS; p++) {
    const hrn_range all = hrn_winograd_tiles_at(&w->cover, p / HRN_POINTS, p % HRN_POINTS);
    const int32_t first = hrn_max_i32(all.first, tiles.first), end = hrn_min_i32(all.end, tiles.end);
    const int16_t *v = w->v + c0 / WINOGRAD_CHUNK * chunk_step + p * w->v_step + (int64_t)first * WINOGRAD_CHUNK;
    const int16_t *u = w->u + p * U_STEP;
    int32_t *m = w->m + p * M_STEP + (first - tiles.first) * lanes;
    if (next && 4 * p < PASS_CHANNELS && next_c + 4 * p < next->channels) prefetch_taps(next, next_c + 4 * p);
    for (int32_t left = end - first, n; left > 0; left -= n) {
      n = left == TILES + 1 ? TILES - 2 : hrn_min_i32(TILES, left);
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

/// One vector of a tile's outputs, plus `bias`, from its products.
HRN_INLINE void read_outputs(vector y[4][4][VECTORS], int i, const int32_t *m, residues bias, int height, int width) {
  residues columns[4][HRN_POINTS];
  HRN_UNROLL
  for (int x = 0; x < width; x++) {
    residues at[HRN_POINTS], column[4];
    HRN_UNROLL
    for (int p = 0; p < height; p++) memcpy(&at[p], m + (p * HRN_POINTS + x) * M_STEP, sizeof(residues));
    interpolate(column, at, height);
    HRN_UNROLL
    for (int r = 0; r < height - 2; r++) columns[r][x] = column[r];
  }
  HRN_UNROLL
  for (int r = 0; r < height - 2; r++) {
    residues row[4];
    interpolate(row, columns[r], width);
    HRN_UNROLL
    for (int x = 0; x < width - 2; x++) {
      const integers sum = (integers)(row[x] * 954437177u) >> (shift_of(r, height) + shift_of(x, width));
      y[r][x][i] = (vector)((residues)sum + bias);
    }
  }
}

HRN_INLINE residues load_bias(const int32_t *bias) {
  residues b;
  memcpy(&b, bias, sizeof b);
  return b;
}

/// One tile's outputs: biases in, requantized values out.
HRN_INLINE void finish(const winograd *w, const winograd_lanes *l, int vectors, hrn_winograd_tile tile,
                       const int32_t *m, int height, int width) {
  const hrn_conv2d_i8 *a = w->a;
  const hrn_conv2d_shape *s = &a->shape;
  vector y[4][4][VECTORS];
  for (int i = 0; i < vectors; i++) {
    const int32_t lane = i * VECTOR_LANES;
    read_outputs(y, i, m + lane, a->row_class ? (residues){0} : load_bias(a->bias + l->channel + lane), height, width);
  }
  const int32_t rows = hrn_min_i32(tile.height, s->out_height - tile.oy);
  const int32_t columns = hrn_min_i32(tile.width, s->out_width - tile.ox);
  for (int32_t r = 0; r < rows; r++) {
    for (int32_t x = 0; a->row_class && x < columns; x++) {
      const int32_t *bias = hrn_bias_at(a, tile.oy + r, tile.ox + x) + l->channel;
      HRN_UNROLL
      for (int i = 0; i < vectors; i++)
        y[r][x][i] = (vector)((residues)y[r][x][i] + load_bias(bias + i * VECTOR_LANES));
    }
    const hrn_tile row = {.oy = tile.oy + r, .ox = tile.ox, .pixels = columns, .channel = l->channel,
                          .output = hrn_output_offset(s, tile.oy + r, tile.ox, l->channel),
                          .output_lane = l->channel % s->out_block};
    finish_tile(y[r], columns, vectors, a, &row);
  }
}

HRN_INLINE void finish_tiles(const winograd *w, const winograd_lanes *l, int vectors, hrn_range tiles) {
  const int32_t lanes = vectors * VECTOR_LANES;
  for (int32_t t = tiles.first; t < tiles.end; t++) {
    const hrn_winograd_tile tile = hrn_winograd_tile_at(&w->cover, t);
    const int32_t *m = w->m + (t - tiles.first) * lanes;
    if (tile.height == 4 && tile.width == 4) finish(w, l, vectors, tile, m, HRN_POINTS, HRN_POINTS);
    else if (tile.height == 4) finish(w, l, vectors, tile, m, HRN_POINTS, HRN_SHARED_POINTS);
    else if (tile.width == 4) finish(w, l, vectors, tile, m, HRN_SHARED_POINTS, HRN_POINTS);
    else finish(w, l, vectors, tile, m, HRN_SHARED_POINTS, HRN_SHARED_POINTS);
  }
}

/// Some lanes of a group, through all tiles; `next` are those that follow, or null.
HRN_INLINE void run_lanes(const winograd *w, const winograd_lanes *l, const winograd_lanes *next, int vectors,
                          const multiply_function *functions) {
  const int32_t tiles = w->cover.tiles, parts = (tiles + PASS_TILES - 1) / PASS_TILES, channels = l->channels;
  hrn_range part = {0, 0};
  for (int32_t i = 0; i < parts; i++, part.first = part.end) {
    part.end = part.first + tiles / parts + (i < tiles % parts);
    for (int32_t c = 0; c < channels; c += PASS_CHANNELS) {
      const int32_t count = hrn_min_i32(PASS_CHANNELS, channels - c), next_c = c + count < channels ? c + count : 0;
      if (i == 0 || channels > PASS_CHANNELS) make_filters(w, l, vectors, c, count);
      multiply_tiles(w, functions, vectors * VECTOR_LANES, part, c, count, next_c || i + 1 < parts ? l : next, next_c);
    }
    finish_tiles(w, l, vectors, part);
  }
}

/// The widest lanes from output channel `channel` on.
static winograd_lanes lanes_from(const hrn_conv2d_i8 *a, int32_t channel) {
  const hrn_conv2d_shape *s = &a->shape;
  const int32_t group = channel / HRN_GROUP_LANES, lane = channel % HRN_GROUP_LANES;
  const int32_t group_lanes = hrn_group_lanes(s->out_channels, group);
  return (winograd_lanes){
      .channel = channel,
      .lanes = group_lanes - lane >= VECTORS * VECTOR_LANES ? VECTORS * VECTOR_LANES : 16,
      .in_block = s->in_block,
      .channels = s->map_blocks * s->in_block,
      .weights = a->weights + group * HRN_GROUP_LANES * hrn_depth(s) + lane * 4,
      .group_lanes = group_lanes,
  };
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
  const int32_t end = hrn_min_i32(group1 * HRN_GROUP_LANES, hrn_lanes(s->out_channels));
  for (int32_t channel = group0 * HRN_GROUP_LANES; channel < end;) {
    const winograd_lanes l = lanes_from(a, channel);
    channel += l.lanes;
    const winograd_lanes after = channel < end ? lanes_from(a, channel) : l;
    const winograd_lanes *next = channel < end ? &after : NULL;
    if (l.lanes == VECTORS * VECTOR_LANES) run_lanes(&w, &l, next, VECTORS, wide);
    else run_lanes(&w, &l, next, 16 / VECTOR_LANES, narrow);
  }
}
