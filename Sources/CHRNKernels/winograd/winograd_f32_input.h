// The input of the Winograd of floats, V = B d B'. For winograd_f32_body.h.

/// v = B d for a tile that has `extent` outputs along the axis.
PART void input_points(vector v[HRN_POINTS], const vector d[HRN_POINTS], int extent) {
  if (extent == 2) {
    v[0] = multiply_add(splat(-A_2), d[0], d[2]);
    v[1] = multiply_add(splat(A_1), d[1], d[2]);
    v[2] = multiply_add(splat(-A_1), d[1], d[2]);
    v[3] = multiply_add(splat(-A_2), d[1], d[3]);
    return;
  }
  const vector a_even = multiply_add(splat(-B_2), d[2], d[4]), a_odd = multiply_add(splat(-B_2), d[1], d[3]);
  const vector b_even = multiply_add(splat(-A_2), d[2], d[4]), b_odd = multiply_add(splat(-A_2), d[1], d[3]);
  v[0] = multiply_add(splat(A_2_B_2), d[0], multiply_add(splat(-A_2_PLUS_B_2), d[2], d[4]));
  v[1] = multiply_add(splat(A_1), a_odd, a_even);
  v[2] = multiply_add(splat(-A_1), a_odd, a_even);
  v[3] = multiply_add(splat(A_2_B_2), d[1], multiply_add(splat(-A_2_PLUS_B_2), d[3], d[5]));
  v[4] = multiply_add(splat(B_1), b_odd, b_even);
  v[5] = multiply_add(splat(-B_1), b_odd, b_even);
}

/// Transforms 16 channels of one tile, whose first input is at x; v is the tile's place at position 0.
PART void transform_tile(int height, int width, const float *x, int64_t row_stride, int64_t pixel_stride, float *v,
                               int64_t position_stride) {
  for (int lane = 0; lane < HRN_V_LANES; lane += VECTOR_LANES) {
    vector columns[HRN_POINTS][HRN_POINTS];  // [point of y][x]
    for (int c = 0; c < width + 2; c++) {
      vector d[HRN_POINTS], points[HRN_POINTS];
      HRN_UNROLL
      for (int r = 0; r < height + 2; r++) d[r] = load_sums(x + r * row_stride + c * pixel_stride + lane);
      input_points(points, d, height);
      HRN_UNROLL
      for (int i = 0; i < height + 2; i++) columns[i][c] = points[i];
    }
    for (int i = 0; i < height + 2; i++) {
      vector points[HRN_POINTS];
      input_points(points, columns[i], width);
      HRN_UNROLL
      for (int j = 0; j < width + 2; j++)
        store_sums(v + (i * HRN_POINTS + j) * position_stride + lane, points[j]);
    }
  }
}

/// Brings the inputs of a tile together; `block` is where those of its channels begin.
static void fill_patch(hrn_winograd_patch *patch, const hrn_winograd_convolution *a, int64_t block,
                       hrn_winograd_tile tile) {
  const hrn_conv2d_shape *s = a->shape;
  const int32_t iy = tile.oy - s->pad_top, ix = tile.ox - s->pad_left;
  const hrn_range rows = hrn_taps_inside(iy, tile.height + 2, 1, s->in_height);
  const hrn_range columns = hrn_taps_inside(ix, tile.width + 2, 1, s->in_width);
  if (rows.end - rows.first < tile.height + 2 || columns.end - columns.first < tile.width + 2)
    memset(patch, 0, sizeof *patch);
  for (int32_t r = rows.first; r < rows.end; r++)
    for (int32_t c = columns.first; c < columns.end; c++) {
      const int64_t place = block + (int64_t)(iy + r) * s->in_row_stride + (int64_t)(ix + c) * s->in_pixel_stride;
      float *out = patch->at[r][c];
      for (int lane = 0; lane < HRN_V_LANES; lane += VECTOR_LANES)
        store_sums(out + lane, a->is_bf16 ? load_map((const uint16_t *)a->input + place + lane)
                                          : load_sums((const float *)a->input + place + lane));
    }
}

static void transform_input(const hrn_winograd_convolution *a, int32_t block0, int32_t block1, int32_t row0,
                            int32_t row1, float *v) {
  const hrn_conv2d_shape *s = a->shape;
  const hrn_winograd_cover cover = hrn_winograd_cover_of(s, row0, row1, HRN_TAIL_FLOAT);
  const hrn_winograd_v map = hrn_winograd_v_of(s, &cover, is_few(&cover));
  for (int32_t block = block0; block < block1; block++)
    for (int32_t index = 0; index < cover.tiles; index++) {
      const hrn_winograd_tile tile = hrn_winograd_tile_at(&cover, index);
      const int32_t iy = tile.oy - s->pad_top, ix = tile.ox - s->pad_left;
      const int is_inside = iy >= 0 && iy + tile.height + 2 <= s->in_height && ix >= 0
                            && ix + tile.width + 2 <= s->in_width;
      float *place = v + block * map.block_stride + (int64_t)index * HRN_V_LANES;
      hrn_winograd_patch patch;
      const float *x = patch.at[0][0];
      int64_t row_stride = HRN_POINTS * HRN_V_LANES, pixel_stride = HRN_V_LANES;
      if (is_inside && !a->is_bf16) {
        row_stride = s->in_row_stride;
        pixel_stride = s->in_pixel_stride;
        x = (const float *)a->input + block * s->in_block_stride + iy * row_stride + ix * pixel_stride;
      } else {
        fill_patch(&patch, a, block * s->in_block_stride, tile);
      }
      if (tile.height == 4 && tile.width == 4)
        transform_tile(4, 4, x, row_stride, pixel_stride, place, map.position_stride);
      else if (tile.height == 4)
        transform_tile(4, 2, x, row_stride, pixel_stride, place, map.position_stride);
      else if (tile.width == 4)
        transform_tile(2, 4, x, row_stride, pixel_stride, place, map.position_stride);
      else
        transform_tile(2, 2, x, row_stride, pixel_stride, place, map.position_stride);
    }
}

void HRN_NAME(winograd_input_f32)(const hrn_conv2d_f32 *a, int32_t block0, int32_t block1, int32_t row0, int32_t row1,
                                  float *v) {
  const hrn_winograd_convolution c = hrn_winograd_of_f32(a);
  transform_input(&c, block0, block1, row0, row1, v);
}

void HRN_NAME(winograd_input_bf16)(const hrn_conv2d_bf16 *a, int32_t block0, int32_t block1, int32_t row0,
                                   int32_t row1, float *v) {
  const hrn_winograd_convolution c = hrn_winograd_of_bf16(a);
  transform_input(&c, block0, block1, row0, row1, v);
}
