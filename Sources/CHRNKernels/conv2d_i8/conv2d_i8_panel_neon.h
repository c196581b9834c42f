// What the int8 convolutions of AArch64 share whose products take signed bytes only. Their inputs are less 128, so their
// sums lack 128 times the weights: a panel has that behind the rows of each tap. A tier's file defines NEEDS_ABOVE_LEAST
// as 1 where no weight may be -128.
#include "conv2d_i8_packed.h"

/// Copies rows, each four k of 16 lanes, and adds them up.
static int fill_panel(void *panel, const uint8_t *weights, int32_t rows, int32_t tap_rows, int64_t step) {
  int8_t *to = panel;
  int8x16_t least = vdupq_n_s8(0);
  for (int32_t tap = 0; tap < rows; tap += tap_rows) {
    int32x4_t sums[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
    for (int32_t row = 0; row < tap_rows; row++, weights += step, to += 64)
      HRN_UNROLL
      for (int v = 0; v < 4; v++) {
        const int8x16_t w = vld1q_s8((const int8_t *)weights + 16 * v);
        vst1q_s8(to + 16 * v, w);
        sums[v] = vpadalq_s16(sums[v], vpaddlq_s8(w));
        least = vminq_s8(least, w);
      }
    HRN_UNROLL
    for (int v = 0; v < 4; v++) vst1q_s32((int32_t *)to + 4 * v, vshlq_n_s32(sums[v], 7));
    to += 64;
  }
  return !NEEDS_ABOVE_LEAST || vminvq_s8(least) > -128;
}
