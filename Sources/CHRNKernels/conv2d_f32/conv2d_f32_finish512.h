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

enum { TURN_KINDS = 1 };

/// Whether a tile's outputs are written.
HRN_INLINE int turn_kind(const arguments *a, const hrn_tile *tile) {
  (void)tile;
  return a->pool_sums ? -1 : 0;
}

/// Outputs of a tile that takes turns.
typedef struct {
  __m512 low, high;
  const element *residual;
  element *output;
  int64_t offset[VECTORS], step;  // of a pixel's vectors, and from one pixel to the next
} turns;

HRN_INLINE turns turns_of(const arguments *a, const hrn_tile *tile, int has_residual) {
  turns t = {.low = _mm512_set1_ps(a->low), .high = _mm512_set1_ps(a->high),
             .residual = has_residual ? a->residual : NULL, .output = a->output, .step = a->shape.out_block};
  hrn_output_cursor at = hrn_output_start(tile);
  HRN_UNROLL
  for (int v = 0; v < VECTORS; v++, at = hrn_output_next(&a->shape, at)) t.offset[v] = at.offset;
  return t;
}

HRN_INLINE void finish_pixel(const turns *t, const vector sums[VECTORS], int pixel, int has_residual, int kind) {
  (void)kind;
  HRN_UNROLL
  for (int v = 0; v < VECTORS; v++) {
    const int64_t place = t->offset[v] + pixel * t->step;
    const __m512 y = has_residual ? _mm512_add_ps(sums[v], load_map(t->residual + place)) : sums[v];
    store_map(t->output + place, _mm512_min_ps(_mm512_max_ps(y, t->low), t->high));
  }
}
