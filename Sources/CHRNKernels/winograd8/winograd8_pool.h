// What hrn_winograd8 does after its products, 16 lanes at a time in loops that a compiler vectorizes. A file per tier
// includes this with HRN_NAME(function) giving that tier's name of a function.

/// What the outputs of 16 lanes are computed with, side by side: among the arguments the lines of all positions lie in one
/// set of a cache, which does not hold so many.
typedef struct {
  float multiplier[HRN_F23_POSITIONS][WINOGRAD8_LANES];
  float addend[WINOGRAD8_LANES];
  float high;
} winograd8_scales;

/// Adds a tile's outputs, `height` rows of `width`, to the sums of 16 lanes. m is its place at position 0. What a half tile
/// does not have is computed from the points before it, and not counted.
HRN_INLINE void winograd8_pool_tile(const int32_t *restrict m, int64_t step, const winograd8_scales *restrict scales,
                                    int32_t *restrict sums, int height, int width) {
  const int32_t has_row = height == 2 ? -1 : 0, has_column = width == 2 ? -1 : 0;
  const int row[HRN_F23_POINTS] = {0, 1, 2, height == 2 ? 3 : 2}, column[HRN_F23_POINTS] = {0, 1, 2, width == 2 ? 3 : 2};
  const int32_t *at[HRN_F23_POINTS];
  HRN_UNROLL
  for (int i = 0; i < HRN_F23_POINTS; i++) at[i] = m + row[i] * HRN_F23_POINTS * step;
  for (int l = 0; l < WINOGRAD8_LANES; l++) {
    float first[HRN_F23_POINTS], second[HRN_F23_POINTS];
    HRN_UNROLL
    for (int j = 0; j < HRN_F23_POINTS; j++) {
      float value[HRN_F23_POINTS];
      HRN_UNROLL
      for (int i = 0; i < HRN_F23_POINTS; i++)
        value[i] = (float)at[i][column[j] * step + l] * scales->multiplier[row[i] * HRN_F23_POINTS + column[j]][l];
      first[j] = (value[0] + value[1]) + value[2];
      second[j] = (value[1] - value[2]) + value[3];
    }
    const float addend = scales->addend[l], high = scales->high;
    sums[l] += hrn_quantize(((first[0] + first[1]) + first[2]) + addend, 0, high);
    sums[l] += hrn_quantize(((first[1] - first[2]) + first[3]) + addend, 0, high) & has_column;
    sums[l] += hrn_quantize(((second[0] + second[1]) + second[2]) + addend, 0, high) & has_row;
    sums[l] += hrn_quantize(((second[1] - second[2]) + second[3]) + addend, 0, high) & has_row & has_column;
  }
}

void HRN_NAME(winograd8_pool)(const hrn_winograd8 *a, const hrn_f23_cover *cover, int32_t channel, const int32_t *m) {
  const int64_t step = winograd8_m_step(cover);
  winograd8_scales scales = {.high = a->high};
  memcpy(scales.addend, a->addend + channel, sizeof scales.addend);
  for (int p = 0; p < HRN_F23_POSITIONS; p++)
    memcpy(scales.multiplier[p], a->multiplier + p * hrn_lanes(a->shape.out_channels) + channel, sizeof scales.multiplier[p]);
  int32_t sums[WINOGRAD8_LANES] = {0};
  for (int32_t index = 0; index < cover->tiles; index++, m += WINOGRAD8_LANES) {
    const hrn_f23_tile tile = hrn_f23_tile_at(cover, index);
    winograd8_pool_tile(m, step, &scales, sums, tile.height, tile.width);
  }
  for (int l = 0; l < WINOGRAD8_LANES; l++) a->pool_sums[channel + l] += sums[l];
}
