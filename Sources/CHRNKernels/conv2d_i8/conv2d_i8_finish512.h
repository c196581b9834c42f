// Biases in and requantized values out, for the int8 tiles of the 512-bit tier: vectors of 16 lanes.

#include "conv2d_i8_start.h"

/// What requantizing takes, in registers.
typedef struct {
  __m512 residual_zero, residual_multiplier, output_zero, low, high;
} requantizer;

HRN_INLINE requantizer requantizer_of(const arguments *a) {
  return (requantizer){_mm512_set1_ps(a->residual_zero), _mm512_set1_ps(a->residual_multiplier),
                       _mm512_set1_ps(a->output_zero), _mm512_set1_ps(a->low), _mm512_set1_ps(a->high)};
}

/// The quantized values of 16 sums; `residual` is where theirs lie. Where `is_plain`, zeros are 0 and what is below 0
/// stays so, as does what is no number, which converting makes the least one. Where `is_bounded`, so does what is above
/// 255: it converts to what it is.
HRN_INLINE __m512i requantize(const requantizer *r, __m512i sums, __m512 multiplier, const uint8_t *residual,
                              int has_residual, int is_plain, int is_bounded) {
  __m512 t = _mm512_mul_ps(_mm512_cvtepi32_ps(sums), multiplier);
  if (has_residual) {
    __m512 centred = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)residual)));
    if (!is_plain) centred = _mm512_sub_ps(centred, r->residual_zero);
    t = _mm512_add_ps(t, _mm512_mul_ps(centred, r->residual_multiplier));
  }
  if (!is_plain) t = _mm512_max_ps(_mm512_add_ps(t, r->output_zero), r->low);
  return _mm512_cvtps_epi32(is_bounded ? t : _mm512_min_ps(r->high, t));
}

/// 64 values in order, as bytes: what is below 0 as 0, what is above 255 as 255. Packing takes 128 bits of every vector in
/// turn.
HRN_INLINE void store_line(uint8_t *out, const __m512i y[4]) {
  const __m512i order = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
  const __m512i words = _mm512_packus_epi16(_mm512_packs_epi32(y[0], y[1]), _mm512_packs_epi32(y[2], y[3]));
  _mm512_storeu_si512(out, _mm512_permutexvar_epi32(order, words));
}

/// Whether zeros are 0, and what is below 0 stays so.
HRN_INLINE int has_plain_outputs(const arguments *a) {
  return a->low == 0 && a->output_zero == 0 && (!a->residual || a->residual_zero == 0);
}

HRN_INLINE void load_multipliers(__m512 multiplier[4], const arguments *a, const hrn_tile *tile) {
  HRN_UNROLL
  for (int v = 0; v < 4; v++) multiplier[v] = _mm512_loadu_ps(a->multiplier + tile->channel + 16 * v);
}

/// Whether 2^31 times each multiplier, and 255 times that of a residual, are at most 2^29.
HRN_INLINE int are_bounded(const arguments *a, const __m512 multiplier[4]) {
  int beyond = !(a->residual_multiplier >= -0x1p21f && a->residual_multiplier <= 0x1p21f);
  HRN_UNROLL
  for (int v = 0; v < 4; v++)
    beyond |= _mm512_cmp_ps_mask(_mm512_abs_ps(multiplier[v]), _mm512_set1_ps(0.25f), _CMP_NLE_UQ);
  return !beyond;
}

/// The loop of finish_lines.
HRN_INLINE void finish_pixels(vector sums[PIXELS][VECTORS], int pixels, const uint8_t *residual, uint8_t *output,
                              int64_t step, const requantizer *r, const __m512 multiplier[4], int has_residual,
                              int is_plain, int is_bounded) {
  HRN_ROLLED
  for (int m = 0; m < pixels; m++, output += step) {
    __m512i y[4];
    HRN_UNROLL
    for (int v = 0; v < 4; v++)
      y[v] = requantize(r, sums[m][v], multiplier[v], residual + 16 * v, has_residual, is_plain, is_bounded);
    store_line(output, y);
    residual += step;
  }
}

/// Finishes positions whose four vectors lie in one output block.
HRN_INLINE void finish_lines(vector sums[PIXELS][VECTORS], int pixels, const arguments *a, const hrn_tile *tile,
                             const requantizer *r, int has_residual, int is_plain) {
  const int64_t step = a->shape.out_block;
  const uint8_t *residual = has_residual ? a->residual + tile->output : a->output + tile->output;
  uint8_t *output = a->output + tile->output;
  __m512 multiplier[4];
  load_multipliers(multiplier, a, tile);
  if (is_plain && a->high == 255 && are_bounded(a, multiplier))
    finish_pixels(sums, pixels, residual, output, step, r, multiplier, has_residual, is_plain, 1);
  else
    finish_pixels(sums, pixels, residual, output, step, r, multiplier, has_residual, is_plain, 0);
}

/// Finishes positions one vector after another, which may lie in as many output blocks, or adds them to the pool sums of
/// their channels.
HRN_INLINE void finish_vectors(vector sums[PIXELS][VECTORS], int pixels, int vectors, const arguments *a,
                               const hrn_tile *tile, const requantizer *r) {
  const int64_t step = a->shape.out_block;
  hrn_output_cursor at = hrn_output_start(tile);
  for (int v = 0; v < vectors; v++, at = hrn_output_next(&a->shape, at)) {
    const __m512 multiplier = _mm512_loadu_ps(a->multiplier + tile->channel + 16 * v);
    const uint8_t *residual = a->residual ? a->residual + at.offset : NULL;
    int32_t *const pooled = a->pool_sums ? a->pool_sums + tile->channel + 16 * v : NULL;
    uint8_t *output = pooled ? NULL : a->output + at.offset;
    __m512i total = pooled ? _mm512_loadu_si512(pooled) : _mm512_setzero_si512();
    HRN_ROLLED
    for (int m = 0; m < pixels; m++) {
      const __m512i y =
          requantize(r, sums[m][v], multiplier, residual ? residual + m * step : NULL, residual != NULL, 0, 0);
      if (pooled) total = _mm512_add_epi32(total, y);
      else _mm_storeu_si128((__m128i *)(output + m * step), _mm512_cvtepi32_epi8(y));
    }
    if (pooled) _mm512_storeu_si512(pooled, total);
  }
}

static __attribute__((noinline)) void finish_tile(vector sums[PIXELS][VECTORS], int pixels, int vectors,
                                                  const arguments *a, const hrn_tile *tile) {
  const requantizer r = requantizer_of(a);
  const int is_plain = has_plain_outputs(a);
  if (a->pool_sums || vectors < 4 || tile->output_lane + 64 > a->shape.out_block)
    finish_vectors(sums, pixels, vectors, a, tile, &r);
  else if (a->residual && is_plain) finish_lines(sums, pixels, a, tile, &r, 1, 1);
  else if (a->residual) finish_lines(sums, pixels, a, tile, &r, 1, 0);
  else if (is_plain) finish_lines(sums, pixels, a, tile, &r, 0, 1);
  else finish_lines(sums, pixels, a, tile, &r, 0, 0);
}

enum { TURN_KINDS = 2 };

/// 0 for a tile of 64 lanes in one output block that is what most are, plain and bounded; 1 for another such tile.
HRN_INLINE int turn_kind(const arguments *a, const hrn_tile *tile) {
  if (a->pool_sums || tile->output_lane + 64 > a->shape.out_block) return -1;
  __m512 multiplier[4];
  load_multipliers(multiplier, a, tile);
  return has_plain_outputs(a) && a->high == 255 && are_bounded(a, multiplier) ? 0 : 1;
}

/// Outputs of a tile that takes turns.
typedef struct {
  requantizer r;
  const float *multiplier;
  const uint8_t *residual;
  uint8_t *output;
  int64_t step;  // from one pixel to the next
} turns;

HRN_INLINE turns turns_of(const arguments *a, const hrn_tile *tile, int has_residual) {
  return (turns){.r = requantizer_of(a),
                 .multiplier = a->multiplier + tile->channel,
                 .residual = has_residual ? a->residual + tile->output : NULL,
                 .output = a->output + tile->output,
                 .step = a->shape.out_block};
}

HRN_INLINE void finish_pixel(const turns *t, const vector sums[VECTORS], int pixel, int has_residual, int kind) {
  const int is_plain = kind == 0;
  const int64_t place = pixel * t->step;
  __m512i y[4];
  HRN_UNROLL
  for (int v = 0; v < 4; v++) {
    const uint8_t *residual = has_residual ? t->residual + place + 16 * v : NULL;
    const __m512 multiplier = _mm512_loadu_ps(t->multiplier + 16 * v);
    y[v] = requantize(&t->r, sums[v], multiplier, residual, has_residual, is_plain, is_plain);
  }
  store_line(t->output + place, y);
}
