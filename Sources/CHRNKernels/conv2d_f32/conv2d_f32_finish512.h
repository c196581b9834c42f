// Biases in and clamped values out, for tiles of 512-bit vectors of floats. The type of the maps is that of arguments,
// load_map and store_map.

#include "conv2d_f32_start.h"

static __attribute__((noinline)) void finish_tile(vector sums[PIXELS][VECTORS], int pixels, int vectors,
                                                  const arguments *a, const hrn_tile *tile) {
  const __m512 low = _mm512_set1_ps(a->low), high = _mm512_set1_ps(a->high);
  const int64_t step = a->shape.out_block;
  hrn_output_cursor at = hrn_output_start(tile);
  HRN_ROLLED
  for (int v = 0; v < vectors; v++, at = hrn_output_next(&a->shape, at)) {
    const element *residual = a->residual ? a->residual + at.offset : NULL;
    float *const pooled = a->pool_sums ? a->pool_sums + tile->channel + 16 * v : NULL;
    element *output = pooled ? NULL : a->output + at.offset;
    __m512 total = pooled ? _mm512_loadu_ps(pooled) : _mm512_setzero_ps();
    HRN_ROLLED
    for (int m = 0; m < pixels; m++) {
      __m512 y = sums[m][v];
      if (residual) y = _mm512_add_ps(y, load_map(residual + m * step));
      y = _mm512_min_ps(_mm512_max_ps(y, low), high);
      if (pooled) total = _mm512_add_ps(total, y);
      else store_map(output + m * step, y);
    }
    if (pooled) _mm512_storeu_ps(pooled, total);
  }
}
