// hrn_winograd8 as the contract states it.
#include "../tiers.h"
#include "../common/conv2d_walk.h"
#include "winograd8_geometry.h"

#define HRN_NAME(function) hrn_##function##_scalar
#include "winograd8_pool.h"

enum { INPUT_LANES = 8 };
typedef int16_t words __attribute__((vector_size(2 * INPUT_LANES)));

HRN_INLINE words load_words(const uint8_t *x) {
  words y = {0};
  for (int l = 0; l < INPUT_LANES; l++) y[l] = x[l];
  return y;
}

HRN_INLINE words scale_words(words x, int16_t multiplier) {
  for (int l = 0; l < INPUT_LANES; l++) x[l] = (int16_t)((x[l] * multiplier + (1 << 14)) >> 15);
  return x;
}

HRN_INLINE void store_words(uint8_t *p, words x) {
  for (int l = 0; l < INPUT_LANES; l++) p[l] = (uint8_t)(x[l] < 0 ? 0 : x[l] > 255 ? 255 : x[l]);
}

#include "winograd8_input.h"

void hrn_winograd8_input_scalar(const hrn_winograd8 *a, int32_t block0, int32_t block1, uint8_t *v) {
  run_winograd8_input(a, block0, block1, v);
}

hrn_winograd_bytes hrn_winograd8_bytes(const hrn_conv2d_shape *s) {
  const hrn_f23_cover cover = hrn_f23_cover_of(s, 0, s->out_height);
  const int64_t scratch = WINOGRAD8_SLICES * HRN_F23_POSITIONS * winograd8_m_step(&cover) * (int64_t)sizeof(int32_t);
  return (hrn_winograd_bytes){.input = HRN_F23_POSITIONS * winograd8_v_step(s, &cover), .scratch = scratch};
}

/// M of 16 lanes at one position. Sums wrap, as vectors do.
static void multiply(const hrn_winograd8 *a, const hrn_f23_cover *cover, int32_t channel, int32_t p,
                     const uint8_t *v, int32_t *m) {
  const hrn_conv2d_shape *s = &a->shape;
  const int32_t *bias = a->bias + (int64_t)p * hrn_lanes(s->out_channels) + channel;
  const hrn_range tiles = hrn_f23_tiles_at(cover, p);
  for (int32_t tile = tiles.first; tile < tiles.end; tile++) {
    uint32_t sums[WINOGRAD8_LANES];
    const int8_t *w = winograd8_weights(a, channel, p);
    memcpy(sums, bias, sizeof sums);
    for (int32_t k = 0; k < winograd8_depth(s); k += 4) {
      const uint8_t *x = v + k / WINOGRAD8_BLOCK * winograd8_block_step(cover) + (int64_t)tile * WINOGRAD8_BLOCK
                         + k % WINOGRAD8_BLOCK;
      for (int32_t lane = 0; lane < WINOGRAD8_LANES; lane++, w += 4)
        sums[lane] += (uint32_t)(x[0] * w[0] + x[1] * w[1] + x[2] * w[2] + x[3] * w[3]);
    }
    memcpy(m + (int64_t)tile * WINOGRAD8_LANES, sums, sizeof sums);
  }
}

void hrn_winograd8_scalar(const hrn_winograd8 *a, int32_t group0, int32_t group1, const uint8_t *v, void *scratch) {
  const hrn_conv2d_shape *s = &a->shape;
  const hrn_f23_cover cover = hrn_f23_cover_of(s, 0, s->out_height);
  int32_t *m = scratch;
  hrn_clear_sums(a->pool_sums, s->out_channels, group0, group1);
  const int32_t end = hrn_min_i32(group1 * HRN_GROUP_LANES, hrn_lanes(s->out_channels));
  for (int32_t channel = group0 * HRN_GROUP_LANES; channel < end; channel += WINOGRAD8_LANES) {
    for (int32_t p = 0; p < HRN_F23_POSITIONS; p++)
      multiply(a, &cover, channel, p, v + p * winograd8_v_step(s, &cover), m + p * winograd8_m_step(&cover));
    hrn_winograd8_pool_scalar(a, &cover, channel, m);
  }
}
