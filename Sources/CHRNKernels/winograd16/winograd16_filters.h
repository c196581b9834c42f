// The weights of the Winograd of bfloat16 products, U = bf16(G g G'). For winograd16_body.h.

/// u = G g.
PART void filter_points(vector u[HRN_F23_POINTS], vector g0, vector g1, vector g2) {
  const vector rim = add(g0, g2);
  u[0] = g0;
  u[1] = add(rim, g1);
  u[2] = subtract(rim, g1);
  u[3] = g2;
}

/// VECTOR_LANES pairs of k: nine taps `tap` apart to 16 positions `step` apart.
PART void transform_pairs(const uint16_t *w, int64_t tap, uint16_t *u, int64_t step) {
  vector first[3][HRN_F23_POINTS], second[3][HRN_F23_POINTS];  // [column][point of y]
  HRN_UNROLL
  for (int x = 0; x < 3; x++) {
    const halves g0 = split_pairs(w + x * tap), g1 = split_pairs(w + (3 + x) * tap), g2 = split_pairs(w + (6 + x) * tap);
    filter_points(first[x], g0.first, g1.first, g2.first);
    filter_points(second[x], g0.second, g1.second, g2.second);
  }
  HRN_UNROLL
  for (int i = 0; i < HRN_F23_POINTS; i++) {
    vector one[HRN_F23_POINTS], other[HRN_F23_POINTS];
    filter_points(one, first[0][i], first[1][i], first[2][i]);
    filter_points(other, second[0][i], second[1][i], second[2][i]);
    HRN_UNROLL
    for (int j = 0; j < HRN_F23_POINTS; j++) join_pairs(u + (i * HRN_F23_POINTS + j) * step, (halves){one[j], other[j]});
  }
}

/// Transforms `blocks` blocks of a slice of `lanes` lanes.
static void fill_weights(const uint16_t *w, int32_t group_lanes, int32_t lanes, int32_t blocks, uint16_t *u) {
  const int64_t row = (int64_t)K_STEP * group_lanes, tap = W16_BLOCK / K_STEP * row;
  for (int32_t block = 0; block < blocks; block++, w += 8 * tap)
    for (int32_t k = 0; k < W16_BLOCK; k += K_STEP, w += row, u += K_STEP * lanes)
      for (int32_t lane = 0; lane < lanes * K_STEP; lane += K_STEP * VECTOR_LANES) {
        if (TILE_LANES > 16 && lanes == TILE_LANES) transform_pairs(w + lane, tap, u + lane, W16_U_STEP(TILE_LANES));
        else transform_pairs(w + lane, tap, u + lane, W16_U_STEP(16));
      }
}
