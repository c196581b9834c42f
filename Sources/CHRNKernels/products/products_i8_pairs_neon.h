// Sums of products by SMULL, SMLSL and SADALP on bytes: a word holds two products before SADALP adds it, and the one beside
// it, to a sum. Bytes are signed: inputs are less 128 in one k step, and in the next they are 127 less inputs, whose
// products are subtracted. A product is from -127 * 128 to 128 * 128, and so a word holds the difference of any two.
// Defines what winograd8_products.h builds upon, and where HAS_TAP_SUMS is defined, add_tap for conv2d_tile.h.

#include "products_i8_arm.h"

/// Sums of a lane meanwhile, each of half of its k, and what they come to; v is a vector of lanes.
#define PARTS 2
#define LANE_SUMS(sums, v) vpaddq_s32((sums)[2 * (v)], (sums)[2 * (v) + 1])

/// What makes inputs of two k steps signed, the first one's bits lowest.
#define FLIPPED_BITS 0x7f7f7f7f80808080

/// The four k in lane i of x, in each of the lanes.
#define SPREAD(x, i) vreinterpretq_s8_u32(vdupq_laneq_u32(x, i))

/// Two k steps of pixels [first, end), whose inputs are in each of the lanes of x0 and x1. Weights are loaded while those
/// before them are factors: a processor that executes in order would wait for them.
HRN_INLINE void add_two_steps(vector sums[PIXELS][PARTS * VECTORS], int first, int end, const int8x16_t x0[PIXELS],
                              const int8x16_t x1[PIXELS], const weight *w) {
  const weight *const second = w + PANEL_STEP;
  int8x16_t next0 = vld1q_s8(w), next1 = vld1q_s8(second);
  HRN_UNROLL
  for (int v = 0; v < PARTS * VECTORS; v += 2) {
    const int8x16_t w0 = next0, w1 = next1;
    if (v + 2 < PARTS * VECTORS) {
      next0 = vld1q_s8(w + 8 * (v + 2));
      next1 = vld1q_s8(second + 8 * (v + 2));
      HRN_BY_NOW(next0);
      HRN_BY_NOW(next1);
    }
    int16x8_t low[PIXELS], high[PIXELS];
    HRN_UNROLL
    for (int m = first; m < end; m++) {
      low[m] = vmull_s8(vget_low_s8(w0), vget_low_s8(x0[m]));
      high[m] = vmull_high_s8(w0, x0[m]);
    }
    HRN_UNROLL
    for (int m = first; m < end; m++) {
      low[m] = vmlsl_s8(low[m], vget_low_s8(w1), vget_low_s8(x1[m]));
      high[m] = vmlsl_high_s8(high[m], w1, x1[m]);
    }
    HRN_UNROLL
    for (int m = first; m < end; m++) {
      sums[m][v] = vpadalq_s16(sums[m][v], low[m]);
      sums[m][v + 1] = vpadalq_s16(sums[m][v + 1], high[m]);
      HRN_BY_NOW(sums[m][v]);
      HRN_BY_NOW(sums[m][v + 1]);
    }
    HRN_IN_ORDER;
  }
}

/// The same from lanes i and i + 1 of each pixel's inputs.
#define ADD_TWO_STEPS(sums, first, end, inputs, i, w) \
  {                                                   \
    int8x16_t x0[PIXELS], x1[PIXELS];                 \
    HRN_UNROLL                                        \
    for (int m = first; m < end; m++) {               \
      x0[m] = SPREAD(inputs[m], i);                   \
      x1[m] = SPREAD(inputs[m], i + 1);               \
      HRN_IN_PLACE(x0[m]);                            \
      HRN_IN_PLACE(x1[m]);                            \
    }                                                 \
    add_two_steps(sums, first, end, x0, x1, w);       \
  }

/// Four k steps, 16 k of each pixel.
HRN_INLINE void add_four_steps(vector sums[PIXELS][PARTS * VECTORS], int first, int end,
                               const uint32x4_t inputs[PIXELS], const weight *w) {
  ADD_TWO_STEPS(sums, first, end, inputs, 0, w)
  ADD_TWO_STEPS(sums, first, end, inputs, 2, w + 2 * PANEL_STEP)
}

#if defined(HAS_TAP_SUMS)
/// As many k of one pixel as x has, signed.
HRN_INLINE uint32x4_t signed_inputs(uint8x16_t x) {
  return vreinterpretq_u32_u8(veorq_u8(x, vcombine_u8(vcreate_u8(FLIPPED_BITS), vcreate_u8(FLIPPED_BITS))));
}

/// Pixels [first, end) of one tap: `count` steps of K_STEP inputs each, two by two. x is the tap of pixel `first`.
HRN_INLINE void add_tap(vector acc[PIXELS][VECTORS], int first, int end, int vectors, const element *x,
                        int64_t pixel_step, const weight *w, int64_t row_step, int32_t count) {
  (void)vectors;
  (void)row_step;
  vector sums[PIXELS][PARTS * VECTORS];
  HRN_UNROLL
  for (int m = first; m < end; m++)
    HRN_UNROLL
    for (int v = 0; v < VECTORS; v++) {
      sums[m][2 * v] = vzip1q_s32(acc[m][v], vdupq_n_s32(0));
      sums[m][2 * v + 1] = vzip2q_s32(acc[m][v], vdupq_n_s32(0));
    }
  uint32x4_t inputs[PIXELS];
  for (; count >= 4; count -= 4, x += 4 * K_STEP, w += 4 * PANEL_STEP) {
    HRN_UNROLL
    for (int m = first; m < end; m++) inputs[m] = signed_inputs(vld1q_u8(x + (m - first) * pixel_step));
    add_four_steps(sums, first, end, inputs, w);
  }
  if (count >= 2) {
    HRN_UNROLL
    for (int m = first; m < end; m++) {
      const uint8x8_t eight = vld1_u8(x + (m - first) * pixel_step);
      inputs[m] = signed_inputs(vcombine_u8(eight, eight));
    }
    ADD_TWO_STEPS(sums, first, end, inputs, 0, w)
    count -= 2;
    x += 2 * K_STEP;
    w += 2 * PANEL_STEP;
  }
  if (count > 0) {
    HRN_UNROLL
    for (int m = first; m < end; m++) {
      const uint32x4_t last = vdupq_n_u32(four_inputs(x + (m - first) * pixel_step));
      const int8x16_t four = SPREAD(signed_inputs(vreinterpretq_u8_u32(last)), 0);
      HRN_UNROLL
      for (int v = 0; v < VECTORS; v++) {
        const int8x16_t w0 = vld1q_s8(w + 16 * v);
        sums[m][2 * v] = vpadalq_s16(sums[m][2 * v], vmull_s8(vget_low_s8(w0), vget_low_s8(four)));
        sums[m][2 * v + 1] = vpadalq_s16(sums[m][2 * v + 1], vmull_high_s8(w0, four));
      }
    }
    w += PANEL_STEP;
  }
  HRN_UNROLL
  for (int v = 0; v < VECTORS; v++) {
    const vector lacking = load_sums((const sum *)w + VECTOR_LANES * v);
    HRN_UNROLL
    for (int m = first; m < end; m++) acc[m][v] = vaddq_s32(LANE_SUMS(sums[m], v), lacking);
  }
}
#endif
