// What hrn_winograd8 does before its products, some channels at a time. A file per tier defines
//
//   words                    16 bits of each of INPUT_LANES channels, a vector
//   load_words, store_words  bytes in memory as words, and words as bytes: what is below 0 as 0, what is above 255 as 255,
//                            and all of them in the form in which the tier's products read them
//   scale_words              (x * multiplier + 2^14) >> 15
//
// and includes this. Where INPUT_LANES are more than the 16 that a block has at least, it has another way for such blocks.

/// V of four inputs along an axis, in place.
HRN_INLINE void winograd8_points(words *d0, words *d1, words *d2, words *d3) {
  const words a = *d0, b = *d1, c = *d2, d = *d3;
  *d0 = a - c;
  *d1 = b + c;
  *d2 = c - b;
  *d3 = d - b;
}

/// V8 of INPUT_LANES channels of one tile, to positions `step` apart. x is the map's first of these channels.
HRN_INLINE void winograd8_transform(const hrn_winograd8 *a, hrn_f23_tile tile, const uint8_t *x, uint8_t *v,
                                    int64_t step) {
  const hrn_conv2d_shape *s = &a->shape;
  const int32_t iy = tile.oy - s->pad_top, ix = tile.ox - s->pad_left;
  const words none = {0}, zero = none + (int16_t)a->input_zero;
  words d[HRN_F23_POINTS][HRN_F23_POINTS];
  const int is_whole = iy >= 0 && iy + HRN_F23_POINTS <= s->in_height && ix >= 0 && ix + HRN_F23_POINTS <= s->in_width;
  HRN_UNROLL
  for (int r = 0; r < HRN_F23_POINTS; r++)
    HRN_UNROLL
    for (int c = 0; c < HRN_F23_POINTS; c++) {
      const int is_inside = is_whole || (iy + r >= 0 && iy + r < s->in_height && ix + c >= 0 && ix + c < s->in_width);
      d[r][c] = none;
      if (is_inside) d[r][c] = load_words(x + (iy + r) * s->in_row_stride + (ix + c) * s->in_pixel_stride) - zero;
    }
  HRN_UNROLL
  for (int c = 0; c < HRN_F23_POINTS; c++) winograd8_points(&d[0][c], &d[1][c], &d[2][c], &d[3][c]);
  HRN_UNROLL
  for (int r = 0; r < HRN_F23_POINTS; r++) {
    winograd8_points(&d[r][0], &d[r][1], &d[r][2], &d[r][3]);
    HRN_UNROLL
    for (int c = 0; c < HRN_F23_POINTS; c++) {
      const int p = r * HRN_F23_POINTS + c;
      store_words(v + p * step, scale_words(d[r][c], a->input_multiplier[p]) + a->input_offset[p]);
    }
  }
}

/// Block by block, tile by tile: a tile's channels of a block follow one another in both memories.
HRN_INLINE void run_winograd8_input(const hrn_winograd8 *a, int32_t block0, int32_t block1, uint8_t *v) {
  const hrn_conv2d_shape *s = &a->shape;
  const hrn_f23_cover cover = hrn_f23_cover_of(s, 0, s->out_height);
  const int64_t step = winograd8_v_step(s, &cover);
  for (int32_t block = block0; block < block1; block++)
    for (int32_t tile = 0; tile < cover.tiles; tile++)
      for (int32_t lane = 0; lane < s->in_block; lane += INPUT_LANES) {
        const int32_t c = block * s->in_block + lane;
        winograd8_transform(a, hrn_f23_tile_at(&cover, tile), a->input + block * s->in_block_stride + lane,
                            v + c / WINOGRAD8_BLOCK * winograd8_block_step(&cover)
                              + (int64_t)tile * WINOGRAD8_BLOCK + c % WINOGRAD8_BLOCK,
                            step);
      }
}
