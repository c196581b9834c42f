// What hrn_winograd8 does after its products, 16 lanes at a time in loops that a compiler vectorizes. A file per tier
// includes this with HRN_NAME(function) giving that tier's name of a function.

/// Adds a tile's outputs, `height` rows of `width`, to the pool sums of 16 lanes. m is its place at position 0. What
/// a half tile does not have is computed from the points before it, and not counted.
HRN_INLINE void winograd8_pool_tile(const int32_t *restrict m, int64_t step, const float *restrict multiplier, int64_t lanes,
                                    const float *restrict addend, float high, int32_t *restrict sums, int height,
                                    int width) {
  const int64_t last_row = height == 2 ? 12 : 8, last_column = width == 2 ? 3 : 2;
  const int32_t has_row = height == 2 ? -1 : 0, has_column = width == 2 ? -1 : 0;
  for (int l = 0; l < WINOGRAD8_LANES; l++) {
    float first[HRN_F23_POINTS], second[HRN_F23_POINTS];
    HRN_UNROLL
    for (int j = 0; j < HRN_F23_POINTS; j++) {
      const int64_t p0 = j < 3 ? j : last_column, p1 = p0 + 4, p2 = p0 + 8, p3 = p0 + last_row;
      const float m0 = (float)m[p0 * step + l] * multiplier[p0 * lanes + l];
      const float m1 = (float)m[p1 * step + l] * multiplier[p1 * lanes + l];
      const float m2 = (float)m[p2 * step + l] * multiplier[p2 * lanes + l];
      const float m3 = (float)m[p3 * step + l] * multiplier[p3 * lanes + l];
      first[j] = (m0 + m1) + m2;
      second[j] = (m1 - m2) + m3;
    }
    sums[l] += hrn_quantize(((first[0] + first[1]) + first[2]) + addend[l], 0, high);
    sums[l] += hrn_quantize(((first[1] - first[2]) + first[3]) + addend[l], 0, high) & has_column;
    sums[l] += hrn_quantize(((second[0] + second[1]) + second[2]) + addend[l], 0, high) & has_row;
    sums[l] += hrn_quantize(((second[1] - second[2]) + second[3]) + addend[l], 0, high) & has_row & has_column;
  }
}

void HRN_NAME(winograd8_pool)(const hrn_winograd8 *a, const hrn_f23_cover *cover, int32_t channel, const int32_t *m) {
  for (int32_t index = 0; index < cover->tiles; index++, m += WINOGRAD8_LANES) {
    const hrn_f23_tile tile = hrn_f23_tile_at(cover, index);
    winograd8_pool_tile(m, winograd8_m_step(cover), a->multiplier + channel, hrn_lanes(a->shape.out_channels),
                        a->addend + channel, a->high, a->pool_sums + channel, tile.height, tile.width);
  }
}
