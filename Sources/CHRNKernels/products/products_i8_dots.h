// Steps of a convolution and rows of a matrix by dot products of four k: over products_i8_i8mm.h or products_i8_dotprod.h.
// Defines what linear_body.h builds upon, and where PIXELS is defined, add_tap for conv2d_tile.h.

/// Four k of 16 lanes.
typedef struct {
  int8x16_t part[VECTORS];
} weight_row;

HRN_INLINE weight_row load_row(const weight *w, int vectors) {
  (void)vectors;
  return (weight_row){{vld1q_s8(w), vld1q_s8(w + 16), vld1q_s8(w + 32), vld1q_s8(w + 48)}};
}

HRN_INLINE void add_row(vector acc[VECTORS], int vectors, const element *x, const weight_row *row, const weight *w) {
  (void)w;
  const inputs four = spread_inputs(x);
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) {
    acc[v] = ADD_DOTS(acc[v], row->part[v], four, 0);
    if (IS_CENTRED) acc[v] = vsubq_s32(acc[v], add_correction(vdupq_n_s32(0), row->part[v]));
  }
}

#ifndef HAS_TAP_SUMS
#define HAS_TAP_SUMS 0
#endif

#if defined(PIXELS)
/// Vector v of a step's weights, with pixels [first, end), whose inputs are in a lane of x.
#define ADD_ROW(v, lane)                                                                     \
  HRN_UNROLL                                                                                 \
  for (int m = first; m < end; m++) acc[m][v] = ADD_DOTS(acc[m][v], row, lanes[m], lane);    \
  if (!HAS_TAP_SUMS) correction[v] = add_correction(correction[v], row);                     \
  HRN_IN_ORDER;
/// The same, and the vector of weights that is next: it is loaded before, for processors that do not look ahead.
#define ADD_ROW_BEFORE(next, v, lane)        \
  {                                          \
    const int8x16_t loaded = vld1q_s8(next); \
    ADD_ROW(v, lane)                         \
    row = loaded;                            \
  }
#define ADD_STEP(lane) \
  ADD_ROW_BEFORE(w + 16, 0, lane) ADD_ROW_BEFORE(w + 32, 1, lane) ADD_ROW_BEFORE(w + 48, 2, lane)
#define ADD_STEP_BEFORE(next, lane) ADD_STEP(lane) ADD_ROW_BEFORE(next, 3, lane)
#define ADD_LAST_STEP(lane) ADD_STEP(lane) ADD_ROW(3, lane)

/// Pixels [first, end) of one tap: `count` steps of K_STEP inputs each. x is the tap of pixel `first`.
HRN_INLINE void add_tap(vector acc[PIXELS][VECTORS], int first, int end, int vectors, const element *x,
                        int64_t pixel_step, const weight *w, int64_t row_step, int32_t count) {
  inputs lanes[PIXELS];
  if (HAS_TAP_SUMS) row_step = PANEL_STEP;
  vector correction[VECTORS] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
  for (; count >= 4; count -= 4, x += 4 * K_STEP) {
    HRN_UNROLL
    for (int m = first; m < end; m++) lanes[m] = load_inputs(x + (m - first) * pixel_step);
    int8x16_t row = vld1q_s8(w);
    ADD_STEP_BEFORE(w += row_step, 0)
    ADD_STEP_BEFORE(w += row_step, 1)
    ADD_STEP_BEFORE(w += row_step, 2)
    ADD_LAST_STEP(3)
    w += row_step;
  }
  for (; count > 0; count--, x += K_STEP, w += row_step) {
    HRN_UNROLL
    for (int m = first; m < end; m++) lanes[m] = spread_inputs(x + (m - first) * pixel_step);
    int8x16_t row = vld1q_s8(w);
    ADD_LAST_STEP(0)
  }
  if (!IS_CENTRED) return;
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) {
    if (HAS_TAP_SUMS) correction[v] = vnegq_s32(load_sums((const sum *)w + VECTOR_LANES * v));
    HRN_UNROLL
    for (int m = first; m < end; m++) acc[m][v] = vsubq_s32(acc[m][v], correction[v]);
  }
}
#endif
