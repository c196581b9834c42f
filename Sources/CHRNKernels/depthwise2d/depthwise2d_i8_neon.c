// The int8 depthwise convolution by SMLAL on bytes widened to 16 bits: tiles of up to 4 positions x 16 channels, 16
// accumulators.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"

typedef hrn_conv2d_i8 arguments;
typedef uint8_t element;
typedef int8_t weight;
typedef int32x4_t vector;
enum { PIXELS = 4, VECTORS = 4 };

#include "../conv2d_i8/conv2d_i8_finish_neon.h"
#include "depthwise2d_tile.h"

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

TILE(1) TILE(2) TILE(3) TILE(4)

void hrn_depthwise2d_i8_neon(const hrn_conv2d_i8 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  static const hrn_tile_function functions[] = {tile_1, tile_2, tile_3, tile_4};
  static const hrn_tiling tiling = {PIXELS, 16, 1, sizeof(element), functions, functions};
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, a->shape.out_channels, group0, group1);
  hrn_depthwise2d_walk(&a->shape, &tiling, a, a->weights, group0, group1, row0, row1);
}
#endif
