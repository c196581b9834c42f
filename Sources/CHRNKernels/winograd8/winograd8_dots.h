// hrn_winograd8 by dot products of four k, up to 5 tiles x 16 lanes: 20 accumulators, 5 vectors of inputs and 2 of weights.
// The registers are as many as 6 tiles need, but compilers then keep some of those on the stack. A file per tier of AArch64
// defines FLIPPED_BITS, see winograd8_input_neon.h, and
//
//   ADD_DOTS(acc, row, x, lane)  the products of four k of 4 lanes with those in a lane of x, 16 k of a tile as in memory
//
// and includes this.
#include "../products/products_i8_arm.h"
#include "winograd8_geometry.h"

#define PIXELS 5
#define SLICES 1
#define POOL hrn_winograd8_pool_scalar

/// One k step of every tile, whose inputs are in a lane of x. Weights are loaded while those before them are factors: a
/// processor that executes in order would wait for them.
#define ADD_STEP(lane)                                                                                 \
  HRN_UNROLL                                                                                           \
  for (int v = 0; v < VECTORS; v++) {                                                                  \
    const int8x16_t row = next;                                                                        \
    w += 4 * VECTOR_LANES;                                                                             \
    if (lane < 3 || v + 1 < VECTORS) next = vld1q_s8(w);                                               \
    HRN_IN_PLACE(next);                                                                                \
    HRN_UNROLL                                                                                         \
    for (int t = 0; t < tiles; t++) acc[t][v] = ADD_DOTS(acc[t][v], row, inputs[t], lane);             \
    HRN_IN_ORDER;                                                                                      \
  }

/// Depths are multiples of 16, so that steps are of 4.
HRN_INLINE void add_block(vector acc[PIXELS][VECTORS], int tiles, const element *x, const weight *w, int64_t slice_step,
                          int32_t steps, hrn_asking *ahead) {
  (void)slice_step;
  hrn_ask_some(ahead, INT32_MAX);
  for (; steps > 0; steps -= 4, x += 4 * K_STEP) {
    uint8x16_t inputs[PIXELS];
    HRN_UNROLL
    for (int t = 0; t < tiles; t++) inputs[t] = vld1q_u8(x + t * WINOGRAD8_BLOCK);
    int8x16_t next = vld1q_s8(w);
    ADD_STEP(0)
    ADD_STEP(1)
    ADD_STEP(2)
    ADD_STEP(3)
  }
}

#include "winograd8_input_neon.h"
#include "winograd8_products.h"
