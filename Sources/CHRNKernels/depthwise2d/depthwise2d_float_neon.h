// The depthwise convolution on 128-bit vectors of floats: tiles of up to 4 positions x 16 channels, 16 accumulators.
// Included by a file per type of map, which defines HRN_NAME, arguments, element, weight and, of them, load_map and
// store_map.

#define PIXELS 4
typedef float32x4_t vector;
enum { VECTORS = 4 };

#include "../conv2d_f32/conv2d_f32_finish_neon.h"
#include "depthwise2d_taps.h"

/// One fused multiply-add per tap, in row-major order.
HRN_INLINE void add_taps(vector acc[PIXELS][VECTORS], int pixels, const taps *t) {
  for (int32_t ky = 0; ky < t->rows; ky++) {
    const element *x = t->x + ky * t->row_step;
    const weight *w = t->w + ky * t->weight_row;
    for (int32_t kx = 0; kx < t->columns; kx++) {
      HRN_UNROLL
      for (int v = 0; v < VECTORS; v++) {
        const float32x4_t row = load_map(w + 4 * v);
        HRN_UNROLL
        for (int m = 0; m < pixels; m++)
          acc[m][v] = vfmaq_f32(acc[m][v], load_map(x + m * t->pixel_step + 4 * v), row);
      }
      x += t->column_step;
      w += t->weight_step;
    }
  }
}

#include "depthwise2d_body.h"
