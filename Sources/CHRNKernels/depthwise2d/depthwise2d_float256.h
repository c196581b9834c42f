// The depthwise convolution on 256-bit vectors of floats: tiles of up to 6 positions x 16 channels, 12 accumulators.
// Included by a file per type of map, which defines HRN_NAME, arguments, element, weight and, of them, load_map and
// store_map.

#define PIXELS 6
typedef __m256 vector;
enum { VECTORS = 2 };

#include "../conv2d_f32/conv2d_f32_finish256.h"
#include "depthwise2d_taps.h"

/// One fused multiply-add per tap, in row-major order.
HRN_INLINE void add_taps(vector acc[PIXELS][VECTORS], int pixels, const taps *t) {
  for (int32_t ky = 0; ky < t->rows; ky++) {
    const element *x = t->x + ky * t->row_step, *w = t->w + ky * t->weight_row;
    for (int32_t kx = 0; kx < t->columns; kx++) {
      const __m256 low = load_map(w), high = load_map(w + 8);
      HRN_UNROLL
      for (int m = 0; m < pixels; m++) {
        acc[m][0] = _mm256_fmadd_ps(load_map(x + m * t->pixel_step), low, acc[m][0]);
        acc[m][1] = _mm256_fmadd_ps(load_map(x + m * t->pixel_step + 8), high, acc[m][1]);
      }
      x += t->column_step;
      w += t->weight_step;
    }
  }
}

#include "depthwise2d_body.h"
