// Biases in and requantized values out, for the int8 tiles of AArch64: 16 lanes as four vectors.

#include "conv2d_i8_start.h"

/// The quantized values of 4 sums; `residual` are theirs, if there is one.
HRN_INLINE int32x4_t requantize(const arguments *a, int32x4_t sums, float32x4_t multiplier, uint16x4_t residual) {
  float32x4_t t = vmulq_f32(vcvtq_f32_s32(sums), multiplier);
  if (a->residual) {
    const float32x4_t centred = vsubq_f32(vcvtq_f32_u32(vmovl_u16(residual)), vdupq_n_f32(a->residual_zero));
    t = vaddq_f32(t, vmulq_f32(centred, vdupq_n_f32(a->residual_multiplier)));
  }
  // As hrn_clamp has it, but for the sign of a zero, which no integer has.
  t = vmaxnmq_f32(vaddq_f32(t, vdupq_n_f32(a->output_zero)), vdupq_n_f32(a->low));
  return vcvtnq_s32_f32(vminnmq_f32(t, vdupq_n_f32(a->high)));
}

static void finish_tile(vector (*sums)[VECTORS], int pixels, int vectors, const arguments *a, const hrn_tile *tile) {
  float32x4_t multiplier[VECTORS];
  (void)vectors;
  for (int v = 0; v < VECTORS; v++) multiplier[v] = vld1q_f32(a->multiplier + tile->channel + 4 * v);
  for (int m = 0; m < pixels; m++) {
    const int64_t place = tile->output + (int64_t)m * a->shape.out_block;
    const uint8x16_t residual = a->residual ? vld1q_u8(a->residual + place) : vdupq_n_u8(0);
    const uint16x8_t low = vmovl_u8(vget_low_u8(residual)), high = vmovl_high_u8(residual);
    const int32x4_t y[VECTORS] = {
        requantize(a, sums[m][0], multiplier[0], vget_low_u16(low)),
        requantize(a, sums[m][1], multiplier[1], vget_high_u16(low)),
        requantize(a, sums[m][2], multiplier[2], vget_low_u16(high)),
        requantize(a, sums[m][3], multiplier[3], vget_high_u16(high)),
    };
    if (a->pool_sums) {
      int32_t *const pooled = a->pool_sums + tile->channel;
      for (int v = 0; v < VECTORS; v++) vst1q_s32(pooled + 4 * v, vaddq_s32(vld1q_s32(pooled + 4 * v), y[v]));
      continue;
    }
    const int16x8_t first = vcombine_s16(vmovn_s32(y[0]), vmovn_s32(y[1]));
    const int16x8_t second = vcombine_s16(vmovn_s32(y[2]), vmovn_s32(y[3]));
    vst1q_u8(a->output + place, vreinterpretq_u8_s8(vcombine_s8(vmovn_s16(first), vmovn_s16(second))));
  }
}
