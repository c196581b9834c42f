// Steps of a convolution and rows of a matrix by dot products of four k: over products_i8_i8mm.h or products_i8_dotprod.h.
// Defines what linear_body.h builds upon, and where PIXELS is defined, add_tap for conv2d_tile.h and
// winograd8_products.h.

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

#if defined(PIXELS)
#ifndef HAS_TAP_SUMS
#define HAS_TAP_SUMS 0
#endif

/// One step of pixels [first, end), whose inputs are in a lane of x. Weights are loaded while those before them are factors:
/// a processor that executes in order would wait for them. `following` is where those of the next step are, if any.
#define ADD_STEP(lane, following)                                                        \
  HRN_UNROLL                                                                             \
  for (int v = 0; v < VECTORS; v++) {                                                    \
    const weight *const ahead = v + 1 < VECTORS ? w + 16 * (v + 1) : following;          \
    const int8x16_t row = next;                                                          \
    if (ahead) next = vld1q_s8(ahead);                                                   \
    HRN_IN_PLACE(next);                                                                  \
    HRN_UNROLL                                                                           \
    for (int m = first; m < end; m++) {                                                  \
      acc[m][v] = ADD_DOTS(acc[m][v], row, lanes[m], lane);                              \
      HRN_IN_PLACE(acc[m][v]);                                                           \
    }                                                                                    \
    if (IS_CENTRED && !HAS_TAP_SUMS) correction[v] = add_correction(correction[v], row); \
    HRN_IN_ORDER;                                                                        \
  }                                                                                      \
  w += row_step;

/// Pixels [first, end) of one tap: `count` steps of K_STEP inputs each. x is the tap of pixel `first`.
HRN_INLINE void add_tap(vector acc[PIXELS][VECTORS], int first, int end, int vectors, const element *x,
                        int64_t pixel_step, const weight *w, int64_t row_step, int32_t count) {
  inputs lanes[PIXELS];
  vector correction[VECTORS] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
  (void)vectors;
  if (HAS_TAP_SUMS) row_step = PANEL_STEP;
  for (; count >= 4; count -= 4, x += 4 * K_STEP) {
    HRN_UNROLL
    for (int m = first; m < end; m++) {
      lanes[m] = load_inputs(x + (m - first) * pixel_step);
      HRN_IN_PLACE(lanes[m]);
    }
    int8x16_t next = vld1q_s8(w);
    ADD_STEP(0, w + row_step)
    ADD_STEP(1, w + row_step)
    ADD_STEP(2, w + row_step)
    ADD_STEP(3, NULL)
  }
  for (; count > 0; count--, x += K_STEP) {
    HRN_UNROLL
    for (int m = first; m < end; m++) lanes[m] = spread_inputs(x + (m - first) * pixel_step);
    int8x16_t next = vld1q_s8(w);
    ADD_STEP(0, NULL)
  }
  if (!IS_CENTRED) return;
  HRN_UNROLL
  for (int v = 0; v < VECTORS; v++) {
    const vector lacking = HAS_TAP_SUMS ? load_sums((const sum *)w + VECTOR_LANES * v) : vnegq_s32(correction[v]);
    HRN_UNROLL
    for (int m = first; m < end; m++) acc[m][v] = vaddq_s32(acc[m][v], lacking);
  }
}
#endif
