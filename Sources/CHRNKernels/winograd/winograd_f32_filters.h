// The weights of the Winograd of floats, U = G g G', two rows of positions at a time. For winograd_f32_body.h.

/// Stores u = G g of one row of positions, the taps of the three columns being g.
PART void store_row(float *u, const vector g[3], int lanes) {
  const vector a_even = multiply_add(splat(A_2), g[2], g[0]), b_even = multiply_add(splat(B_2), g[2], g[0]);
  store_sums(u, g[0]);
  store_sums(u + U_POSITION(lanes), multiply_add(splat(A_1), g[1], a_even));
  store_sums(u + 2 * U_POSITION(lanes), multiply_add(splat(-A_1), g[1], a_even));
  store_sums(u + 3 * U_POSITION(lanes), g[2]);
  store_sums(u + 4 * U_POSITION(lanes), multiply_add(splat(B_1), g[1], b_even));
  store_sums(u + 5 * U_POSITION(lanes), multiply_add(splat(-B_1), g[1], b_even));
}

/// A vector of weights, of every pair of k the odd or the even one where they come in pairs.
HRN_INLINE vector load_weights(const void *w, int64_t place, int is_odd, int is_bf16) {
  if (!is_bf16) return load_sums((const float *)w + place);
  const uint16_t *pairs = (const uint16_t *)w + place;
  return is_odd ? odd_of(load_pairs(pairs)) : even_of(load_pairs(pairs));
}

/// Stores the two rows of positions of points p and -p, or of 0 and infinity where `is_rim`, for a vector of lanes. Taps
/// are `tap` elements apart: 4 KB of floats, so that nine lines meet in one set of a cache, and each is read but once.
PART void store_rows(float *u, const void *w, int64_t place, int64_t tap, float p, int lanes, int is_rim, int is_odd,
                     int is_bf16) {
  vector first[3], second[3];
  HRN_UNROLL
  for (int c = 0; c < 3; c++) {
    const vector g0 = load_weights(w, place + c * tap, is_odd, is_bf16);
    const vector g2 = load_weights(w, place + (c + 6) * tap, is_odd, is_bf16);
    if (is_rim) {
      first[c] = g0;
      second[c] = g2;
      continue;
    }
    const vector g1 = load_weights(w, place + (c + 3) * tap, is_odd, is_bf16);
    const vector even = multiply_add(splat(p * p), g2, g0);
    first[c] = multiply_add(splat(p), g1, even);
    second[c] = multiply_add(splat(-p), g1, even);
  }
  store_row(u, first, lanes);
  store_row(u + HRN_POINTS * U_POSITION(lanes), second, lanes);
}

/// Transforms 16 input channels of a slice of lanes for the positions of PAIRS pairs of rows from `pair` on, which is at the
/// rim or not. At `place` of w is the slice at the first tap of the first channel, `step` elements from one channel to the
/// next, two of pairs, and `tap` from one tap to the next.
PART void transform_weights(const void *w, int64_t place, int64_t step, int64_t tap, int pair, int vectors, float *u,
                            int is_rim, int is_bf16) {
  const int lanes = vectors * VECTOR_LANES, ks = is_bf16 ? 2 : 1;
  for (int32_t k = 0; k < HRN_V_LANES; k += ks, u += ks * lanes, place += ks * step)
    HRN_UNROLL
    for (int lane = 0; lane < lanes; lane += VECTOR_LANES)
      HRN_UNROLL
      for (int i = 0; i < PAIRS; i++) {
        float *const at = u + lane + i * U_PAIR(lanes);
        const float p = row_pairs[pair + i].p;
        const int64_t from = place + lane * ks;
        const int rim = is_rim && i == 0;
        store_rows(at, w, from, tap, p, lanes, rim, 0, is_bf16);
        if (is_bf16) store_rows(at + lanes, w, from, tap, p, lanes, rim, 1, is_bf16);
      }
}
