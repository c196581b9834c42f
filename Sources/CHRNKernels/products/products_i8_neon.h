// Sums of products by SMLAL on bytes widened to 16 bits, which takes one k of a pixel from a lane. Defines what
// linear_body.h builds upon, and where PIXELS is defined, add_tap for conv2d_tile.h.

#include "products_i8_arm.h"

/// Four k of 16 lanes: the lanes of one k after those of another.
typedef int8x16x4_t weight_row;

HRN_INLINE weight_row load_row(const weight *w, int vectors) {
  (void)vectors;
  return vld4q_s8(w);
}

/// Up to 8 k of one pixel.
HRN_INLINE int16x8_t widened(uint8x8_t x) { return vreinterpretq_s16_u16(vmovl_u8(x)); }

/// One k, in a lane of x: low and high are its weights for 8 lanes each.
#define ADD_LANES(acc, low, high, x, lane)                               \
  (acc)[0] = vmlal_laneq_s16((acc)[0], vget_low_s16(low), x, lane);      \
  (acc)[1] = vmlal_high_laneq_s16((acc)[1], low, x, lane);               \
  (acc)[2] = vmlal_laneq_s16((acc)[2], vget_low_s16(high), x, lane);     \
  (acc)[3] = vmlal_high_laneq_s16((acc)[3], high, x, lane);

HRN_INLINE void add_row(vector acc[VECTORS], int vectors, const element *x, const weight_row *row, const weight *w) {
  (void)vectors;
  (void)w;
  const int16x8_t four = widened(vcreate_u8(four_inputs(x)));
#define ADD_K(k) \
  ADD_LANES(acc, vmovl_s8(vget_low_s8(row->val[k])), vmovl_high_s8(row->val[k]), four, k)
  ADD_K(0) ADD_K(1) ADD_K(2) ADD_K(3)
#undef ADD_K
}

#if defined(PIXELS)
/// One k of pixels [first, end), in a lane of x.
#define ADD_K(k, lane)                                                                              \
  {                                                                                                 \
    const int16x8_t low = vmovl_s8(vget_low_s8(row.val[k])), high = vmovl_high_s8(row.val[k]);      \
    HRN_UNROLL                                                                                      \
    for (int m = first; m < end; m++) { ADD_LANES(acc[m], low, high, lanes[m], lane) }              \
    HRN_IN_ORDER;                                                                                   \
  }
#define ADD_STEP(lane)                                                                              \
  {                                                                                                 \
    const weight_row row = load_row(w, vectors);                                                    \
    ADD_K(0, lane) ADD_K(1, lane + 1) ADD_K(2, lane + 2) ADD_K(3, lane + 3)                         \
    w += row_step;                                                                                  \
  }

/// Pixels [first, end) of one tap: `count` steps of K_STEP inputs each. x is the tap of pixel `first`.
HRN_INLINE void add_tap(vector acc[PIXELS][VECTORS], int first, int end, int vectors, const element *x,
                        int64_t pixel_step, const weight *w, int64_t row_step, int32_t count) {
  int16x8_t lanes[PIXELS];
  for (; count >= 2; count -= 2, x += 2 * K_STEP) {
    HRN_UNROLL
    for (int m = first; m < end; m++) lanes[m] = widened(vld1_u8(x + (m - first) * pixel_step));
    ADD_STEP(0)
    ADD_STEP(4)
  }
  if (count == 0) return;
  HRN_UNROLL
  for (int m = first; m < end; m++) lanes[m] = widened(vcreate_u8(four_inputs(x + (m - first) * pixel_step)));
  ADD_STEP(0)
}
#endif
