// The input of the Winograd of bfloat16 products, V = bf16(B d B'). For winograd16_body.h.

/// v = B d, in place.
PART void input_points(vector *d0, vector *d1, vector *d2, vector *d3) {
  const vector a = *d0, b = *d1, c = *d2, d = *d3;
  *d0 = subtract(a, c);
  *d1 = add(b, c);
  *d2 = subtract(c, b);
  *d3 = subtract(d, b);
}

/// V of VECTOR_LANES channels of one tile, to positions `step` apart. x is the map's first of these channels.
PART void transform_tile(const hrn_conv2d_shape *s, hrn_f23_tile tile, const uint16_t *x, uint16_t *v, int64_t step) {
  const int32_t iy = tile.oy - s->pad_top, ix = tile.ox - s->pad_left;
  const int is_whole = iy >= 0 && iy + HRN_F23_POINTS <= s->in_height && ix >= 0 && ix + HRN_F23_POINTS <= s->in_width;
  vector d[HRN_F23_POINTS][HRN_F23_POINTS];
  const uint16_t *const from = x + iy * s->in_row_stride + ix * s->in_pixel_stride;
  if (is_whole) {
    HRN_UNROLL
    for (int r = 0; r < HRN_F23_POINTS; r++)
      HRN_UNROLL
      for (int c = 0; c < HRN_F23_POINTS; c++) d[r][c] = load_map(from + r * s->in_row_stride + c * s->in_pixel_stride);
  } else {
    HRN_UNROLL
    for (int r = 0; r < HRN_F23_POINTS; r++)
      HRN_UNROLL
      for (int c = 0; c < HRN_F23_POINTS; c++) {
        const int is_inside = iy + r >= 0 && iy + r < s->in_height && ix + c >= 0 && ix + c < s->in_width;
        d[r][c] = is_inside ? load_map(from + r * s->in_row_stride + c * s->in_pixel_stride) : splat(0);
      }
  }
  HRN_UNROLL
  for (int c = 0; c < HRN_F23_POINTS; c++) input_points(&d[0][c], &d[1][c], &d[2][c], &d[3][c]);
  HRN_UNROLL
  for (int r = 0; r < HRN_F23_POINTS; r++) {
    input_points(&d[r][0], &d[r][1], &d[r][2], &d[r][3]);
    HRN_UNROLL
    for (int c = 0; c < HRN_F23_POINTS; c++) store_map(v + (r * HRN_F23_POINTS + c) * step, d[r][c]);
  }
}

void HRN_NAME(winograd16_input)(const hrn_conv2d_bf16 *a, int32_t block0, int32_t block1, int32_t row0, int32_t row1,
                                uint16_t *v) {
  const hrn_conv2d_shape *s = &a->shape;
  const hrn_f23_cover cover = hrn_f23_cover_of(s, row0, row1);
  const int64_t step = w16_v_step(s, &cover);
  for (int32_t block = block0; block < block1; block++)
    for (int32_t tile = 0; tile < cover.tiles; tile++)
      for (int32_t lane = 0; lane < W16_BLOCK; lane += VECTOR_LANES)
        transform_tile(s, hrn_f23_tile_at(&cover, tile), a->input + block * s->in_block_stride + lane,
                       v + ((int64_t)block * cover.tiles + tile) * W16_BLOCK + lane, step);
}
