// The int8 depthwise convolution by SMLAL on bytes widened to 16 bits: tiles of up to 4 positions x 16 channels, 16
// accumulators.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"

#define PIXELS 4
#define HRN_NAME hrn_depthwise2d_i8_neon
typedef hrn_conv2d_i8 arguments;
typedef uint8_t element;
typedef int8_t weight;
typedef int32x4_t vector;
enum { VECTORS = 4 };

#include "../conv2d_i8/conv2d_i8_finish_neon.h"
#include "depthwise2d_taps.h"

HRN_INLINE void add_taps(vector acc[PIXELS][VECTORS], int pixels, const taps *t) {
  for (int32_t ky = 0; ky < t->rows; ky++) {
    const uint8_t *x = t->x + ky * t->row_step;
    const int8_t *w = t->w + ky * t->weight_row;
    for (int32_t kx = 0; kx < t->columns; kx++) {
      const int8x16_t row = vld1q_s8(w);
      const int16x8_t w0 = vmovl_s8(vget_low_s8(row)), w1 = vmovl_high_s8(row);
      HRN_UNROLL
      for (int m = 0; m < pixels; m++) {
        const uint8x16_t in = vld1q_u8(x + m * t->pixel_step);
        const int16x8_t x0 = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(in)));
        const int16x8_t x1 = vreinterpretq_s16_u16(vmovl_high_u8(in));
        acc[m][0] = vmlal_s16(acc[m][0], vget_low_s16(x0), vget_low_s16(w0));
        acc[m][1] = vmlal_high_s16(acc[m][1], x0, w0);
        acc[m][2] = vmlal_s16(acc[m][2], vget_low_s16(x1), vget_low_s16(w1));
        acc[m][3] = vmlal_high_s16(acc[m][3], x1, w1);
      }
      x += t->column_step;
      w += t->weight_step;
    }
  }
}

#include "depthwise2d_body.h"
#endif
