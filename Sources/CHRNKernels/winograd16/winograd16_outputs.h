// The outputs of the Winograd of bfloat16 products, Y = A M A', with all that is done to an output. For
// winograd16_body.h.

/// y = A m.
PART void output_values(vector *y0, vector *y1, vector m0, vector m1, vector m2, vector m3) {
  *y0 = multiply_add(splat(0.5f), add(m1, m2), m0);
  *y1 = multiply_add(splat(0.5f), subtract(m1, m2), m3);
}

/// VECTOR_LANES outputs at `offset`: bias, residual and bounds, and on to the output, or to the pool sums in `total`.
PART vector finish_output(const hrn_conv2d_bf16 *a, vector y, vector bias, int64_t offset, vector total) {
  vector t = add(in_order(y), bias);
  if (a->residual) t = add(t, load_map(a->residual + offset));
  t = clamp_to(t, a->low, a->high);
  if (a->pool_sums) return add(total, t);
  store_map(a->output + offset, t);
  return total;
}

/// 16 lanes of one tile: sums to values. m is the tile's place at position 0, c the first channel. What a half tile does
/// not have is computed of the points that it has, and goes nowhere.
static void finish_tile(const hrn_conv2d_bf16 *a, hrn_f23_tile tile, const float *m, int64_t step, int32_t c) {
  const hrn_conv2d_shape *s = &a->shape;
  const int64_t place = hrn_output_offset(s, tile.oy, tile.ox, c);
  const int64_t last_row = tile.height == 2 ? 3 * HRN_F23_POINTS : 0, last_column = tile.width == 2 ? 3 : 0;
  for (int lane = 0; lane < 16; lane += VECTOR_LANES, m += VECTOR_LANES) {
    vector y[2][HRN_F23_POINTS];
    HRN_UNROLL
    for (int j = 0; j < HRN_F23_POINTS; j++) {
      const float *const column = m + (j < 3 ? j : last_column) * step;
      output_values(&y[0][j], &y[1][j], load_sums(column), load_sums(column + 4 * step), load_sums(column + 8 * step),
                    load_sums(column + last_row * step));
    }
    const vector bias = load_sums(a->bias + c + lane);
    vector total = a->pool_sums ? load_sums(a->pool_sums + c + lane) : splat(0);
    HRN_UNROLL
    for (int r = 0; r < 2; r++) {
      if (r == tile.height) break;
      vector left, right;
      output_values(&left, &right, y[r][0], y[r][1], y[r][2], y[r][3]);
      const int64_t row = place + lane + r * s->out_row_stride;
      total = finish_output(a, left, bias, row, total);
      if (tile.width == 2) total = finish_output(a, right, bias, row + s->out_block, total);
    }
    if (a->pool_sums) store_sums(a->pool_sums + c + lane, total);
  }
}
