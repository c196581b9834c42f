// The float32 depthwise convolution on 256-bit vectors: tiles of up to 6 positions x 16 channels, 12 accumulators.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx2_begin.h"

typedef hrn_conv2d_f32 arguments;
typedef float element;
typedef float weight;
typedef __m256 vector;
enum { PIXELS = 6, VECTORS = 2 };

#include "../conv2d_f32/conv2d_f32_finish256.h"
#include "depthwise2d_tile.h"

/// One fused multiply-add per tap, in row-major order.
HRN_INLINE void add_taps(vector acc[PIXELS][VECTORS], int pixels, const taps *t) {
  for (int32_t ky = 0; ky < t->rows; ky++) {
    const float *x = t->x + ky * t->row_step, *w = t->w + ky * t->weight_row;
    for (int32_t kx = 0; kx < t->columns; kx++) {
      const __m256 low = _mm256_loadu_ps(w), high = _mm256_loadu_ps(w + 8);
      HRN_UNROLL
      for (int m = 0; m < pixels; m++) {
        acc[m][0] = _mm256_fmadd_ps(_mm256_loadu_ps(x + m * t->pixel_step), low, acc[m][0]);
        acc[m][1] = _mm256_fmadd_ps(_mm256_loadu_ps(x + m * t->pixel_step + 8), high, acc[m][1]);
      }
      x += t->column_step;
      w += t->weight_step;
    }
  }
}

TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6)

void hrn_depthwise2d_f32_avx2(const hrn_conv2d_f32 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  static const hrn_tile_function functions[] = {tile_1, tile_2, tile_3, tile_4, tile_5, tile_6};
  static const hrn_tiling tiling = {PIXELS, 16, 1, sizeof(element), functions, functions};
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, a->shape.out_channels, group0, group1);
  hrn_depthwise2d_walk(&a->shape, &tiling, a, a->weights, group0, group1, row0, row1);
}

#include "../common/avx2_end.h"
#endif
