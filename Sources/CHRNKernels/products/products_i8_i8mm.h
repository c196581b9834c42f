// Sums of products by SUDOT, which takes four k of a pixel from a lane. Included between a tier's begin and end; defines
// what linear_body.h and products_i8_dots.h build upon.

#include "products_i8_arm.h"

/// 16 k of one pixel.
typedef uint8x16_t inputs;
/// Whether what is added of products is too little by 128 times the weights.
enum { IS_CENTRED = 0 };

HRN_INLINE inputs load_inputs(const element *x) { return vld1q_u8(x); }

/// Four k in each of the lanes.
HRN_INLINE inputs spread_inputs(const element *x) { return vreinterpretq_u8_u32(vdupq_n_u32(four_inputs(x))); }

#define ADD_DOTS(acc, row, x, lane) vsudotq_laneq_s32(acc, row, x, lane)

/// Nothing to correct.
HRN_INLINE vector add_correction(vector acc, int8x16_t row) {
  (void)row;
  return acc;
}
