// What hrn_winograd8 does before its products, 16 lanes at a time in loops that a compiler vectorizes. A file per tier
// includes this with HRN_NAME(function) giving that tier's name of a function.

/// 16 channels of one place.
typedef struct {
  int16_t lane[WINOGRAD8_LANES];
} winograd8_words;

/// V of four inputs along an axis, in place.
HRN_INLINE void winograd8_points(winograd8_words *d0, winograd8_words *d1, winograd8_words *d2, winograd8_words *d3) {
  for (int l = 0; l < WINOGRAD8_LANES; l++) {
    const int16_t a = d0->lane[l], b = d1->lane[l], c = d2->lane[l], d = d3->lane[l];
    d0->lane[l] = (int16_t)(a - c);
    d1->lane[l] = (int16_t)(b + c);
    d2->lane[l] = (int16_t)(c - b);
    d3->lane[l] = (int16_t)(d - b);
  }
}

/// V8 of 16 channels of one tile, to positions `step` apart. x is the map's first of these channels.
HRN_INLINE void winograd8_transform(const hrn_winograd8 *a, winograd8_tile tile, const uint8_t *x, uint8_t *v,
                                    int64_t step) {
  const hrn_conv2d_shape *s = &a->shape;
  const int32_t iy = tile.oy - s->pad_top, ix = tile.ox - s->pad_left;
  const int16_t zero = (int16_t)a->input_zero;
  winograd8_words d[WINOGRAD8_POINTS][WINOGRAD8_POINTS];
  for (int r = 0; r < WINOGRAD8_POINTS; r++)
    for (int c = 0; c < WINOGRAD8_POINTS; c++) {
      const int is_inside = iy + r >= 0 && iy + r < s->in_height && ix + c >= 0 && ix + c < s->in_width;
      const uint8_t *at = x + (is_inside ? (iy + r) * s->in_row_stride + (ix + c) * s->in_pixel_stride : 0);
      for (int l = 0; l < WINOGRAD8_LANES; l++) d[r][c].lane[l] = is_inside ? (int16_t)(at[l] - zero) : 0;
    }
  for (int c = 0; c < WINOGRAD8_POINTS; c++) winograd8_points(&d[0][c], &d[1][c], &d[2][c], &d[3][c]);
  for (int r = 0; r < WINOGRAD8_POINTS; r++) {
    winograd8_points(&d[r][0], &d[r][1], &d[r][2], &d[r][3]);
    for (int c = 0; c < WINOGRAD8_POINTS; c++) {
      const int p = r * WINOGRAD8_POINTS + c;
      const int16_t multiplier = a->input_multiplier[p], offset = a->input_offset[p];
      for (int l = 0; l < WINOGRAD8_LANES; l++) {
        // One VPMULHRSW, to compilers that know it.
        const int16_t rounded = (int16_t)(((d[r][c].lane[l] * multiplier >> 14) + 1) >> 1);
        const int16_t t = (int16_t)(rounded + offset);
        v[p * step + l] = (uint8_t)(t < 0 ? 0 : t > 255 ? 255 : t);
      }
    }
  }
}

void HRN_NAME(winograd8_input)(const hrn_winograd8 *a, int32_t block0, int32_t block1, uint8_t *v) {
  const hrn_conv2d_shape *s = &a->shape;
  const winograd8_cover cover = winograd8_cover_of(s);
  const int64_t step = winograd8_v_step(s, &cover);
  for (int32_t c = block0 * s->in_block; c < block1 * s->in_block; c += WINOGRAD8_LANES) {
    const uint8_t *x = a->input + c / s->in_block * s->in_block_stride + c % s->in_block;
    uint8_t *place = v + c / WINOGRAD8_BLOCK * winograd8_block_step(&cover) + c % WINOGRAD8_BLOCK;
    for (int32_t tile = 0; tile < cover.tiles; tile++, place += WINOGRAD8_BLOCK)
      winograd8_transform(a, winograd8_tile_at(&cover, tile), x, place, step);
  }
}
