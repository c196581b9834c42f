// The weights of the int8 Winograd: where they lie, and their values at the points in 16 bits, at most 49 * 128 in
// U = G g G'. For winograd_i8_body.h.

/// The values of a filter of three taps at the points, of which G multiplies those at 0 and infinity by `end`, 6.
HRN_INLINE void filter_points(words u[HRN_POINTS], words g0, words g1, words g2, int16_t end) {
  const words ends = g0 + g2, far_ends = g0 + g2 * 4, far_middle = g1 * 2;
  u[0] = g0 * end;
  u[1] = ends + g1;
  u[2] = ends - g1;
  u[HRN_INFINITY] = g2 * end;
  u[4] = far_ends + far_middle;
  u[5] = far_ends - far_middle;
}

HRN_INLINE int64_t tap_step(const winograd_lanes *l) { return (int64_t)l->group_lanes * l->in_block; }

/// Where the first tap's weights of channels c to c + 3 lie.
HRN_INLINE const int8_t *taps_at(const winograd_lanes *l, int32_t c) {
  return l->weights + ((int64_t)(c / l->in_block) * 9 * l->in_block + c % l->in_block) * l->group_lanes;
}

/// The lines of these lanes' weights of channels [c, c + PASS_CHANNELS), as far as there are so many, which come from
/// memory: what `part` of `parts` asks for, well before they are wanted. They follow one another, taps and all.
HRN_INLINE hrn_asking filters_ahead(const winograd_lanes *l, int32_t c, int32_t part, int32_t parts) {
  const int32_t row = l->group_lanes * 4, rows = hrn_min_i32(PASS_CHANNELS, l->channels - c) / 4 * 9;
  const int32_t lines = l->lanes == l->group_lanes ? rows * row / 64 : rows;
  const int64_t step = l->lanes == l->group_lanes ? 64 : row;
  const uint8_t *const all = (const uint8_t *)taps_at(l, c);
  return (hrn_asking){
      .next = all + lines * part / parts * step, .end = all + lines * (part + 1) / parts * step, .step = step};
}
