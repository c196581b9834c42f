// hrn_winograd8 by SMULL and SMLSL: up to 2 tiles x 16 lanes, 16 accumulators a tile. Inputs are signed in memory.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"
#include "winograd8_geometry.h"

#define PIXELS 2
#define SLICES 1
#define POOL hrn_winograd8_pool_scalar

#include "../products/products_i8_pairs_neon.h"

/// Depths are multiples of 16, so that steps are of 4.
HRN_INLINE void add_block(vector acc[PIXELS][PARTS * VECTORS], int tiles, const element *x, const weight *w,
                          int64_t slice_step, int32_t steps, hrn_asking *ahead) {
  (void)slice_step;
  hrn_ask_some(ahead, INT32_MAX);
  for (; steps > 0; steps -= 4, x += 4 * K_STEP, w += 4 * PANEL_STEP) {
    uint32x4_t inputs[PIXELS];
    HRN_UNROLL
    for (int t = 0; t < tiles; t++) inputs[t] = vreinterpretq_u32_u8(vld1q_u8(x + t * WINOGRAD8_BLOCK));
    add_four_steps(acc, 0, tiles, inputs, w);
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
