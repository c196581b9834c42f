// hrn_winograd8 by SMULL and SMLSL on bytes, up to 2 tiles x 16 lanes: a word holds two products before SADALP adds it, and
// the one beside it, to a sum. There are two sums a lane, 16 accumulators a tile. Bytes are signed: inputs are less 128 in
// one k step, and in the next they are 127 less inputs, whose products are subtracted. A product is from -127 * 128 to
// 128 * 128, and so a word holds the difference of any two.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"
#include "winograd8_geometry.h"

#define PIXELS 2
#define SLICES 1
#define PARTS 2
#define LANE_SUMS(acc, v) vpaddq_s32((acc)[2 * (v)], (acc)[2 * (v) + 1])
#define FLIPPED_BITS 0x7f7f7f7f80808080
#define POOL hrn_winograd8_pool_scalar

typedef uint8_t element;
typedef int8_t weight;
typedef int32x4_t vector;
enum { VECTOR_LANES = 4, VECTORS = PARTS * WINOGRAD8_LANES / VECTOR_LANES, K_STEP = 4 };

/// Two k steps, whose inputs are in each of the lanes of x0 and x1. Weights are loaded while those before them are factors:
/// a processor that executes in order would wait for them.
HRN_INLINE void add_two_steps(vector acc[PIXELS][VECTORS], int tiles, const int8x16_t x0[PIXELS],
                              const int8x16_t x1[PIXELS], const weight *w) {
  const weight *const second = w + K_STEP * WINOGRAD8_LANES;
  int8x16_t next0 = vld1q_s8(w), next1 = vld1q_s8(second);
  HRN_UNROLL
  for (int v = 0; v < VECTORS; v += 2) {
    const int8x16_t w0 = next0, w1 = next1;
    if (v + 2 < VECTORS) {
      next0 = vld1q_s8(w + 8 * (v + 2));
      next1 = vld1q_s8(second + 8 * (v + 2));
      HRN_BY_NOW(next0);
      HRN_BY_NOW(next1);
    }
    int16x8_t low[PIXELS], high[PIXELS];
    HRN_UNROLL
    for (int t = 0; t < tiles; t++) {
      low[t] = vmull_s8(vget_low_s8(w0), vget_low_s8(x0[t]));
      high[t] = vmull_high_s8(w0, x0[t]);
    }
    HRN_UNROLL
    for (int t = 0; t < tiles; t++) {
      low[t] = vmlsl_s8(low[t], vget_low_s8(w1), vget_low_s8(x1[t]));
      high[t] = vmlsl_high_s8(high[t], w1, x1[t]);
    }
    HRN_UNROLL
    for (int t = 0; t < tiles; t++) {
      acc[t][v] = vpadalq_s16(acc[t][v], low[t]);
      acc[t][v + 1] = vpadalq_s16(acc[t][v + 1], high[t]);
      HRN_BY_NOW(acc[t][v]);
      HRN_BY_NOW(acc[t][v + 1]);
    }
    HRN_IN_ORDER;
  }
}

/// The four k in lane i of x, in each of the lanes.
#define SPREAD(x, i) vreinterpretq_s8_u32(vdupq_laneq_u32(x, i))

/// Depths are multiples of 16, so that steps are of 4.
HRN_INLINE void add_block(vector acc[PIXELS][VECTORS], int tiles, const element *x, const weight *w, int64_t slice_step,
                          int32_t steps, hrn_asking *ahead) {
  (void)slice_step;
  hrn_ask_some(ahead, INT32_MAX);
  for (; steps > 0; steps -= 4, x += 4 * K_STEP, w += 4 * K_STEP * WINOGRAD8_LANES) {
    uint32x4_t inputs[PIXELS];
    int8x16_t x0[PIXELS], x1[PIXELS];
    HRN_UNROLL
    for (int t = 0; t < tiles; t++) {
      inputs[t] = vreinterpretq_u32_u8(vld1q_u8(x + t * WINOGRAD8_BLOCK));
      x0[t] = SPREAD(inputs[t], 0);
      x1[t] = SPREAD(inputs[t], 1);
      HRN_IN_PLACE(x0[t]);
      HRN_IN_PLACE(x1[t]);
    }
    add_two_steps(acc, tiles, x0, x1, w);
    HRN_UNROLL
    for (int t = 0; t < tiles; t++) {
      x0[t] = SPREAD(inputs[t], 2);
      x1[t] = SPREAD(inputs[t], 3);
      HRN_IN_PLACE(x0[t]);
      HRN_IN_PLACE(x1[t]);
    }
    add_two_steps(acc, tiles, x0, x1, w + 2 * K_STEP * WINOGRAD8_LANES);
  }
}

#include "winograd8_input_neon.h"
#include "winograd8_products.h"

void hrn_winograd8_input_neon(const hrn_winograd8 *a, int32_t block0, int32_t block1, uint8_t *v) {
  run_winograd8_input(a, block0, block1, v);
}

void hrn_winograd8_neon(const hrn_winograd8 *a, int32_t group0, int32_t group1, const uint8_t *v, void *scratch) {
  run_winograd8(a, group0, group1, v, scratch);
}
#endif
