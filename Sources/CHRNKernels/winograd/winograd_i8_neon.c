// The int8 Winograd by SMLAL, which takes one channel of a tile from a lane: products of up to 5 tiles x 16 lanes in 20
// accumulators. U is [channel][lane].
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"
#include "winograd_i8_memory.h"

#define PIXELS 4
#define TILES 5
#define HRN_NAME hrn_winograd_i8_neon
typedef hrn_conv2d_i8 arguments;
enum { PASS_CHUNKS = 1, PASS_TILES = 64 };

#include "../products/products_i8_neon.h"
enum { SLICE = VECTORS };
#include "../conv2d_i8/conv2d_i8_finish_neon.h"

typedef int16_t words __attribute__((vector_size(16)));

/// Tap i of 4 channels of 16 lanes: those of one channel after those of another.
HRN_INLINE void load_filters(words g[][9], int i, const int8_t *w, int vectors) {
  const weight_row four = load_row(w, vectors);
  HRN_UNROLL
  for (int c = 0; c < 4; c++) {
    g[2 * c][i] = (words)vmovl_s8(vget_low_s8(four.val[c]));
    g[2 * c + 1][i] = (words)vmovl_high_s8(four.val[c]);
  }
}

/// One channel of every tile, in a lane of x.
#define ADD_CHANNEL(lane)                                                           \
  {                                                                                 \
    const int16x8_t low = vld1q_s16(u), high = vld1q_s16(u + 8);                    \
    HRN_UNROLL                                                                      \
    for (int t = 0; t < tiles; t++) { ADD_LANES(acc[t], low, high, x[t], lane) }    \
    HRN_IN_ORDER;                                                                   \
    u += 16;                                                                        \
  }

HRN_INLINE void add_products(vector acc[TILES][SLICE], int tiles, int vectors, const int16_t *v, const int16_t *u,
                             int32_t channels, hrn_asking *ahead) {
  (void)vectors;
  (void)ahead;
  for (int32_t k = 0; k < channels; k += 8) {
    int16x8_t x[TILES];
    HRN_UNROLL
    for (int t = 0; t < tiles; t++) x[t] = vld1q_s16(v + t * WINOGRAD_CHUNK + k);
    ADD_CHANNEL(0) ADD_CHANNEL(1) ADD_CHANNEL(2) ADD_CHANNEL(3)
    ADD_CHANNEL(4) ADD_CHANNEL(5) ADD_CHANNEL(6) ADD_CHANNEL(7)
  }
}

#include "winograd_i8_body.h"
#endif
