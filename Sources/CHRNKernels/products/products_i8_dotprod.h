// Sums of products by SDOT, which takes four k of a pixel from a lane. It knows signed numbers only, so inputs are less
// 128, and 128 times the weights are added, modulo 2^32 as all sums; neither where HAS_SIGNED_INPUTS is defined as 1, for
// inputs that are less 128 in memory. Included between a tier's begin and end; defines what linear_body.h and
// products_i8_dots.h build upon.

#include "products_i8_arm.h"

#ifndef HAS_SIGNED_INPUTS
#define HAS_SIGNED_INPUTS 0
#endif

/// 16 k of one pixel, less 128.
typedef int8x16_t inputs;
/// Whether what is added of products is too little by 128 times the weights.
enum { IS_CENTRED = !HAS_SIGNED_INPUTS };

HRN_INLINE inputs centred(uint8x16_t x) {
  return vreinterpretq_s8_u8(HAS_SIGNED_INPUTS ? x : veorq_u8(x, vdupq_n_u8(0x80)));
}

HRN_INLINE inputs load_inputs(const element *x) { return centred(vld1q_u8(x)); }

/// Four k in each of the lanes.
HRN_INLINE inputs spread_inputs(const element *x) { return centred(vreinterpretq_u8_u32(vdupq_n_u32(four_inputs(x)))); }

#define ADD_DOTS(acc, row, x, lane) vdotq_laneq_s32(acc, row, x, lane)

/// Less 128 times the weights.
HRN_INLINE vector add_correction(vector acc, int8x16_t row) { return vdotq_s32(acc, row, vdupq_n_s8(-128)); }
