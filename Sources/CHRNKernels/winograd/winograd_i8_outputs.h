// The outputs of the int8 Winograd, Y = A M A' modulo 2^32, requantized by a tile's finish. For winograd_i8_body.h.

/// The outputs of the values at `count` points, times their factors. Those at 0 and infinity lack END_FACTOR.
HRN_INLINE void interpolate(residues y[4], const residues m[HRN_POINTS], int count) {
  const residues even = m[1] + m[2], odd = m[1] - m[2];
  if (count == HRN_SHARED_POINTS) {
    y[0] = m[0] * END_FACTOR + even * 3;
    y[1] = odd * 3 + m[3] * END_FACTOR;
    return;
  }
  const residues far_even = m[4] + m[5], far_odd = m[4] - m[5];
  y[0] = m[0] * END_FACTOR + even * 4 + far_even;
  y[1] = odd * 2 + far_odd;
  y[2] = even + far_even;
  y[3] = odd + far_odd * 2 + m[3] * END_FACTOR;
}

/// The power of 2 in the factor of output `index`: 24, 12, 6 and 6, or 6 and 6.
HRN_INLINE int shift_of(int index, int points) {
  return points == HRN_SHARED_POINTS ? 1 : index == 0 ? 3 : index == 1 ? 2 : 1;
}

/// One vector of a tile's outputs, plus `bias`, from its products.
HRN_INLINE void read_outputs(vector y[4][4][VECTORS], int i, const int32_t *m, int64_t m_step, residues bias,
                             int height, int width) {
  residues columns[4][HRN_POINTS];
  HRN_UNROLL
  for (int x = 0; x < width; x++) {
    residues at[HRN_POINTS], column[4];
    HRN_UNROLL
    for (int p = 0; p < height; p++) memcpy(&at[p], m + (p * HRN_POINTS + x) * m_step, sizeof(residues));
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
    const residues bias = a->row_class ? (residues){0} : load_bias(a->bias + l->channel + lane);
    read_outputs(y, i, m + lane, w->m_step, bias, height, width);
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
    const int is_low = tile.height == 2, is_narrow = tile.width == 2;
    if (!is_low && !is_narrow) finish(w, l, vectors, tile, m, HRN_POINTS, HRN_POINTS);
    else if (!is_low) finish(w, l, vectors, tile, m, HRN_POINTS, HRN_SHARED_POINTS);
    else if (!is_narrow) finish(w, l, vectors, tile, m, HRN_SHARED_POINTS, HRN_POINTS);
    else finish(w, l, vectors, tile, m, HRN_SHARED_POINTS, HRN_SHARED_POINTS);
  }
}

/// The same of 16 lanes.
static __attribute__((noinline)) void finish_16_lanes(const winograd *w, const winograd_lanes *l, hrn_range tiles) {
  finish_tiles(w, l, 16 / VECTOR_LANES, tiles);
}
