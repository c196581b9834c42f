// Sums of products by SMULL, SMLSL and SADALP on bytes: a word holds two products before SADALP adds it, and the one beside
// it, to a sum. Bytes are signed: inputs are less 128 in one k step, and in the next they are 127 less inputs, whose
// products are subtracted. A product is from -127 * 128 to 128 * 128, and so a word holds the difference of any two.
// Defines what conv2d_tile.h builds upon, for panels with sums.

#include "products_i8_arm.h"

/// Two steps of one pixel.
HRN_INLINE int32x2_t signed_inputs(uint8x8_t x) {
  return vreinterpret_s32_u8(veor_u8(x, vcreate_u8(0x7f7f7f7f80808080)));
}

/// Four of eight k in each of the lanes.
#define SPREAD(x, half) vreinterpretq_s8_s32(vdupq_lane_s32(x, half))

/// Pixels [first, end) of one tap: `count` steps of K_STEP inputs each, two by two. x is the tap of pixel `first`. A lane
/// has two sums meanwhile, of half of its k.
HRN_INLINE void add_tap(vector acc[PIXELS][VECTORS], int first, int end, int vectors, const element *x,
                        int64_t pixel_step, const weight *w, int64_t row_step, int32_t count) {
  (void)vectors;
  (void)row_step;
  vector sums[PIXELS][2 * VECTORS];
  HRN_UNROLL
  for (int m = first; m < end; m++)
    HRN_UNROLL
    for (int v = 0; v < VECTORS; v++) {
      sums[m][2 * v] = vzip1q_s32(acc[m][v], vdupq_n_s32(0));
      sums[m][2 * v + 1] = vzip2q_s32(acc[m][v], vdupq_n_s32(0));
    }
  for (; count >= 2; count -= 2, x += 2 * K_STEP, w += 2 * PANEL_STEP) {
    int8x16_t even[PIXELS], odd[PIXELS];
    HRN_UNROLL
    for (int m = first; m < end; m++) {
      const int32x2_t eight = signed_inputs(vld1_u8(x + (m - first) * pixel_step));
      even[m] = SPREAD(eight, 0);
      odd[m] = SPREAD(eight, 1);
    }
    int8x16_t w0 = vld1q_s8(w), w1 = vld1q_s8(w + PANEL_STEP);
    HRN_UNROLL
    for (int v = 0; v < VECTORS; v++) {
      // What comes next is loaded before, for processors that do not look ahead.
      const int8_t *const next = w + 16 * (v + 1 < VECTORS ? v + 1 : v);
      const int8x16_t next0 = vld1q_s8(next), next1 = vld1q_s8(next + PANEL_STEP);
      int16x8_t low[PIXELS], high[PIXELS];
      HRN_UNROLL
      for (int m = first; m < end; m++) {
        low[m] = vmull_s8(vget_low_s8(w0), vget_low_s8(even[m]));
        high[m] = vmull_high_s8(w0, even[m]);
      }
      HRN_UNROLL
      for (int m = first; m < end; m++) {
        low[m] = vmlsl_s8(low[m], vget_low_s8(w1), vget_low_s8(odd[m]));
        high[m] = vmlsl_high_s8(high[m], w1, odd[m]);
      }
      HRN_UNROLL
      for (int m = first; m < end; m++) {
        sums[m][2 * v] = vpadalq_s16(sums[m][2 * v], low[m]);
        sums[m][2 * v + 1] = vpadalq_s16(sums[m][2 * v + 1], high[m]);
      }
      w0 = next0;
      w1 = next1;
      HRN_IN_ORDER;
    }
  }
  if (count > 0) {
    HRN_UNROLL
    for (int m = first; m < end; m++) {
      const int8x16_t last = SPREAD(signed_inputs(vcreate_u8(four_inputs(x + (m - first) * pixel_step))), 0);
      HRN_UNROLL
      for (int v = 0; v < VECTORS; v++) {
        const int8x16_t w0 = vld1q_s8(w + 16 * v);
        sums[m][2 * v] = vpadalq_s16(sums[m][2 * v], vmull_s8(vget_low_s8(w0), vget_low_s8(last)));
        sums[m][2 * v + 1] = vpadalq_s16(sums[m][2 * v + 1], vmull_high_s8(w0, last));
      }
    }
    w += PANEL_STEP;
  }
  HRN_UNROLL
  for (int v = 0; v < VECTORS; v++) {
    const vector lacking = load_sums((const sum *)w + VECTOR_LANES * v);
    HRN_UNROLL
    for (int m = first; m < end; m++)
      acc[m][v] = vaddq_s32(vpaddq_s32(sums[m][2 * v], sums[m][2 * v + 1]), lacking);
  }
}
