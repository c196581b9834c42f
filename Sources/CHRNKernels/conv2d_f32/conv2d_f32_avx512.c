// The float32 convolution on 512-bit vectors: tiles of up to 7 positions x 64 lanes, which fill the 32 registers with
// 28 accumulators, three vectors of weights and one input; the fourth vector of weights stays in memory.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx512_begin.h"
#include "../products/products_f32_avx512.h"

typedef hrn_conv2d_f32 arguments;
enum { PIXELS = 7, PIXEL_STEP = 16, UNROLL = HRN_STEPS(4) };

HRN_INLINE void start_tile(vector acc[PIXELS][VECTORS], int pixels, int vectors, const arguments *a,
                           const hrn_tile *tile) {
  HRN_UNROLL
  for (int m = 0; m < pixels; m++)
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) acc[m][v] = _mm512_loadu_ps(a->bias + tile->channel + 16 * v);
}

/// The values of 16 sums; `residual` is null or where theirs lie.
HRN_INLINE __m512 finish(const arguments *a, __m512 sums, const float *residual) {
  if (residual) sums = _mm512_add_ps(sums, _mm512_loadu_ps(residual));
  return _mm512_min_ps(_mm512_max_ps(sums, _mm512_set1_ps(a->low)), _mm512_set1_ps(a->high));
}

static void finish_tile(vector sums[PIXELS][VECTORS], int pixels, int vectors, const arguments *a,
                        const hrn_tile *tile) {
  hrn_output_cursor at = hrn_output_start(tile);
  for (int v = 0; v < vectors; v++, at = hrn_output_next(&a->shape, at)) {
    float *const pooled = a->pool_sums ? a->pool_sums + tile->channel + 16 * v : NULL;
    __m512 total = pooled ? _mm512_loadu_ps(pooled) : _mm512_setzero_ps();
    for (int m = 0; m < pixels; m++) {
      const int64_t offset = at.offset + (int64_t)m * a->shape.out_block;
      const __m512 y = finish(a, sums[m][v], a->residual ? a->residual + offset : NULL);
      if (pooled) total = _mm512_add_ps(total, y);
      else _mm512_storeu_ps(a->output + offset, y);
    }
    if (pooled) _mm512_storeu_ps(pooled, total);
  }
}

#include "../common/conv2d_steps.h"
#include "../common/conv2d_tile.h"

TILE(1, 4) TILE(2, 4) TILE(3, 4) TILE(4, 4) TILE(5, 4) TILE(6, 4) TILE(7, 4)
TILE(1, 1) TILE(2, 1) TILE(3, 1) TILE(4, 1) TILE(5, 1) TILE(6, 1) TILE(7, 1)

void hrn_conv2d_f32_avx512(const hrn_conv2d_f32 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  static const hrn_tile_function functions[] = {tile_1x4, tile_2x4, tile_3x4, tile_4x4, tile_5x4, tile_6x4, tile_7x4};
  static const hrn_tile_function narrow[] = {tile_1x1, tile_2x1, tile_3x1, tile_4x1, tile_5x1, tile_6x1, tile_7x1};
  static const hrn_tiling tiling = {PIXELS, VECTOR_LANES * VECTORS, K_STEP, sizeof(element), functions, narrow};
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, a->shape.out_channels, group0, group1);
  hrn_conv2d_walk(&a->shape, &tiling, a, a->weights, 1, group0, group1, row0, row1);
}

#include "../common/avx512_end.h"
#endif
