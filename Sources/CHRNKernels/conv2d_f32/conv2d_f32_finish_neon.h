// Biases in and clamped values out, for tiles of 128-bit vectors of floats: 16 lanes as four. The type of the maps is
// that of arguments, load_map and store_map.

#include "conv2d_f32_start.h"

static void finish_tile(vector sums[PIXELS][VECTORS], int pixels, int vectors, const arguments *a,
                        const hrn_tile *tile) {
  for (int v = 0; v < vectors; v++) {
    float *const pooled = a->pool_sums ? a->pool_sums + tile->channel + 4 * v : NULL;
    float32x4_t total = pooled ? vld1q_f32(pooled) : vdupq_n_f32(0);
    for (int m = 0; m < pixels; m++) {
      const int64_t offset = tile->output + (int64_t)m * a->shape.out_block + 4 * v;
      const float32x4_t t = a->residual ? vaddq_f32(sums[m][v], load_map(a->residual + offset)) : sums[m][v];
      const float32x4_t y = hrn_clamp_lanes(t, a->low, a->high);
      if (pooled) total = vaddq_f32(total, y);
      else store_map(a->output + offset, y);
    }
    if (pooled) vst1q_f32(pooled, total);
  }
}
