// Panels of the int8 convolutions of AArch64 whose products take signed bytes only. What is added of them lacks 128 times
// the weights of the even k steps of a tap, and ODD_ZERO times those of the odd ones, which a tier's file defines: a panel
// has that behind the rows of each tap.
#include "conv2d_i8_packed.h"

_Static_assert(2 * PANEL_STEP <= HRN_PANEL_ROW, "where taps are of one row, a row of sums behind each has its place");

/// Copies rows, each four k of 16 lanes, and adds them up.
static void fill_panel(void *panel, const uint8_t *weights, int32_t rows, int32_t tap_rows, int64_t step) {
  int8_t *to = panel;
  for (int32_t tap = 0; tap < rows; tap += tap_rows) {
    int32x4_t sums[VECTORS] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
    for (int32_t row = 0; row < tap_rows; row++, weights += step, to += PANEL_STEP) {
      const int16x4_t zero = vdup_n_s16(row % 2 ? ODD_ZERO : 128);
      HRN_UNROLL
      for (int v = 0; v < VECTORS; v++) {
        const int8x16_t w = vld1q_s8((const int8_t *)weights + 16 * v);
        const int16x8_t pairs = vpaddlq_s8(w);
        const int32x4_t low = vmull_s16(vget_low_s16(pairs), zero), high = vmull_s16(vget_high_s16(pairs), zero);
        vst1q_s8(to + 16 * v, w);
        sums[v] = vaddq_s32(sums[v], vpaddq_s32(low, high));
      }
    }
    HRN_UNROLL
    for (int v = 0; v < VECTORS; v++) vst1q_s32((int32_t *)to + 4 * v, sums[v]);
    to += PANEL_STEP;
  }
}
