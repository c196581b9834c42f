// The outputs of the Winograd of floats, Y = A M A', with all that is done to an output. For winograd_f32_body.h.

/// y = A m, and 0 past `extent`.
PART void output_values(vector y[4], const vector m[HRN_POINTS], int extent) {
  const vector a_even = add(m[1], m[2]), a_odd = subtract(m[1], m[2]);
  if (extent == 2) {
    y[0] = multiply_add(splat(-16.0f / 9), m[0], multiply(splat(8.0f / 9), a_even));
    y[1] = multiply_add(splat(2.0f / 3), a_odd, m[3]);
    y[2] = y[3] = splat(0);
    return;
  }
  const vector b_even = add(m[4], m[5]), b_odd = subtract(m[4], m[5]);
  y[0] = multiply_add(splat(64.0f / 81), m[0], multiply(splat(32.0f / 243), multiply_add(splat(-4), a_even, b_even)));
  y[1] = multiply(splat(16.0f / 81), multiply_add(splat(-2), a_odd, b_odd));
  y[2] = multiply(splat(8.0f / 27), subtract(b_even, a_even));
  y[3] = multiply_add(splat(4.0f / 9), multiply_add(splat(-0.5f), a_odd, b_odd), m[3]);
}

/// Bias, residual and bounds over a row of `width` sums, and on to the output, or to the pool sums in `total`.
PART vector finish_row(const hrn_winograd_convolution *a, const vector values[4], int32_t width, vector bias,
                             int64_t offset, vector total, int is_bf16) {
  HRN_UNROLL
  for (int x = 0; x < 4; x++)
    if (x < width) {
      const int64_t place = offset + (int64_t)x * a->shape->out_block;
      vector t = add(values[x], bias);
      if (a->residual)
        t = add(t, is_bf16 ? load_map((const uint16_t *)a->residual + place)
                           : load_sums((const float *)a->residual + place));
      t = clamp_to(t, a->low, a->high);
      if (a->pool_sums) total = add(total, t);
      else if (is_bf16) store_map((uint16_t *)a->output + place, t);
      else store_sums((float *)a->output + place, t);
    }
  return total;
}

/// 16 lanes of one tile: sums to values. m is the tile's place at position 0, c the first channel.
static void finish_tile(const job *j, int32_t index, const float *m, int64_t stride, int32_t c) {
  const hrn_winograd_convolution *a = j->a;
  const hrn_conv2d_shape *s = a->shape;
  const hrn_winograd_tile tile = hrn_winograd_tile_at(j->cover, index);
  const int32_t height = hrn_min_i32(tile.height, s->out_height - tile.oy);
  const int32_t width = hrn_min_i32(tile.width, s->out_width - tile.ox);
  const int64_t place = hrn_output_offset(s, tile.oy, tile.ox, c);
  for (int lane = 0; lane < 16; lane += VECTOR_LANES, m += VECTOR_LANES) {
    vector columns[4][HRN_POINTS];  // [y][point of x]
    for (int i = 0; i < tile.width + 2; i++) {
      vector points[HRN_POINTS], values[4];
      HRN_UNROLL
      for (int k = 0; k < HRN_POINTS; k++)
        points[k] = k < tile.height + 2 ? load_sums(m + (k * HRN_POINTS + i) * stride) : splat(0);
      output_values(values, points, tile.height);
      HRN_UNROLL
      for (int y = 0; y < 4; y++) columns[y][i] = values[y];
    }
    const vector bias = load_sums(a->bias + c + lane);
    vector total = a->pool_sums ? load_sums(a->pool_sums + c + lane) : splat(0);
    for (int32_t y = 0; y < height; y++) {
      vector values[4];
      output_values(values, columns[y], tile.width);
      const int64_t row = place + lane + y * s->out_row_stride;
      total = a->is_bf16 ? finish_row(a, values, width, bias, row, total, 1)
                         : finish_row(a, values, width, bias, row, total, 0);
    }
    if (a->pool_sums) store_sums(a->pool_sums + c + lane, total);
  }
}
