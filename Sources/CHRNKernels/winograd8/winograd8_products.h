// M of hrn_winograd8: the sums of up to PIXELS tiles times SLICES times 16 lanes of one position are in registers. A
// tier's file defines PIXELS, a macro, and includes this behind its products. It may define
//
//   SLICES, add_block   where SLICES is not 1, or a block's products are not add_tap's
//   PARTS, LANE_SUMS    where a lane's sum is in PARTS lanes of accumulators, of which there are as many times more
//   FLIPPED_BITS        what V8 is in memory, see winograd8_input_neon.h, where SLICES is 1; 0 for V8 itself
//   POOL                where what follows is not AVX2's
#include "../common/instances.h"

enum { LANE_VECTORS = WINOGRAD8_LANES / VECTOR_LANES };
typedef uint32_t residues __attribute__((vector_size(sizeof(vector))));

#ifndef POOL
#define POOL hrn_winograd8_pool_avx2
#endif
#ifndef SLICES
#define SLICES 1
/// `steps` k steps of one block: x is the first tile, w the first slice of lanes. Meanwhile `ahead` is asked for.
HRN_INLINE void add_block(vector acc[PIXELS][VECTORS], int tiles, const element *x, const weight *w, int64_t slice_step,
                          int32_t steps, hrn_asking *ahead) {
  (void)slice_step;
#if defined(HAS_ASKING_STEPS)
  add_tap_asking(acc, 0, tiles, LANE_VECTORS, x, WINOGRAD8_BLOCK, w, K_STEP * WINOGRAD8_LANES, steps, ahead);
#else
  hrn_ask_some(ahead, INT32_MAX);
  add_tap(acc, 0, tiles, LANE_VECTORS, x, WINOGRAD8_BLOCK, w, K_STEP * WINOGRAD8_LANES, steps);
#endif
}
#endif

#ifndef PARTS
#define PARTS 1
/// Vector v of a tile's sums.
#define LANE_SUMS(acc, v) (acc)[v]
#endif

/// Tiles that follow each other, of one position, and slices of weights. Meanwhile weights come from memory that are
/// needed next.
typedef struct {
  const element *x;       // of the first tile
  int64_t block_step;
  int32_t depth;
  const weight *w;
  const uint8_t *ahead;   // cache lines to ask for of each slice, and how many with each block
  int32_t ahead_lines;
  const int32_t *bias;
  int32_t *m;             // of the first tile
  int64_t slice_step;     // from one slice's weights to the next one's, biases and sums
  int64_t bias_slice_step, m_slice_step;
} product;

HRN_INLINE void multiply(const product *p, int tiles, int vectors) {
  vector acc[PIXELS][PARTS * VECTORS];
  // Biases of one position come from memory, and are far from those of another: by the end of the sums they are here.
  HRN_UNROLL
  for (int v = 0; v < vectors; v += LANE_VECTORS) __builtin_prefetch(p->bias + v / LANE_VECTORS * p->bias_slice_step, 0, 3);
  HRN_UNROLL
  for (int t = 0; t < tiles; t++)
    HRN_UNROLL
    for (int v = 0; v < PARTS * vectors; v++) acc[t][v] = (vector)(residues){0};
  const element *x = p->x;
  const weight *w = p->w;
  hrn_asking ahead = {.next = p->ahead, .end = p->ahead, .step = 64};
  for (int32_t left = p->depth; left > 0; left -= WINOGRAD8_BLOCK, x += p->block_step) {
    const int32_t channels = hrn_min_i32(left, WINOGRAD8_BLOCK);
    ahead.end += 64 * (int64_t)p->ahead_lines;
    // V8 does not fit a first-level cache, and a block's lines are too far from the next one's to be foreseen. Where two
    // slices are computed at once, asking for them costs more than it saves.
    HRN_UNROLL
    for (int t = 0; t < tiles && SLICES == 1; t++) __builtin_prefetch(x + 2 * p->block_step + t * WINOGRAD8_BLOCK, 0, 3);
    add_block(acc, tiles, x, w, p->slice_step, channels / K_STEP, &ahead);
    w += channels * WINOGRAD8_LANES;
  }
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) {
    const int32_t *bias = p->bias + v / LANE_VECTORS * p->bias_slice_step + v % LANE_VECTORS * VECTOR_LANES;
    int32_t *m = p->m + v / LANE_VECTORS * p->m_slice_step + v % LANE_VECTORS * VECTOR_LANES;
    residues biases;
    memcpy(&biases, bias, sizeof biases);
    HRN_UNROLL
    for (int t = 0; t < tiles; t++) {
      const residues sums = (residues)LANE_SUMS(acc[t], v) + biases;
      memcpy(m + t * WINOGRAD8_LANES, &sums, sizeof sums);
    }
  }
}

typedef void (*multiply_function)(const product *p);

#define MULTIPLY(tiles, function, vectors) \
  static void function(const product *p) { multiply(p, tiles, vectors); }
HRN_INSTANCES(multiply_function, products, PIXELS, MULTIPLY, SLICES * LANE_VECTORS)

#ifndef FLIPPED_BITS
#define FLIPPED_BITS 0
#endif

/// Biases of a position less what its products come to for a tile whose V8 is 0: that should be nothing, and every tile
/// is as far off.
HRN_INLINE void correct_biases(const product *p, int32_t biases[WINOGRAD8_LANES]) {
  uint64_t zeros[WINOGRAD8_BLOCK / sizeof(uint64_t)];
  for (int i = 0; i < (int)(sizeof zeros / sizeof *zeros); i++) zeros[i] = FLIPPED_BITS;
  product of_zeros = *p;
  of_zeros.x = (const element *)zeros;
  of_zeros.block_step = 0;
  of_zeros.ahead_lines = 0;
  of_zeros.m = biases;
  products[0](&of_zeros);
  for (int l = 0; l < WINOGRAD8_LANES; l++) biases[l] = (int32_t)(2 * (uint32_t)p->bias[l] - (uint32_t)biases[l]);
}

/// M of SLICES slices at position p, or of one slice as often.
HRN_INLINE void multiply_position(const hrn_winograd8 *a, const hrn_f23_cover *cover, int32_t channel, int32_t slices,
                                  int32_t p, const uint8_t *v, int32_t *m) {
  const hrn_conv2d_shape *s = &a->shape;
  const hrn_range tiles = hrn_f23_tiles_at(cover, p);
  const int32_t count = tiles.end - tiles.first, strips = (count + PIXELS - 1) / PIXELS, depth = winograd8_depth(s);
  const int64_t bytes = (int64_t)depth * WINOGRAD8_LANES;
  const int64_t blocks = (depth + WINOGRAD8_BLOCK - 1) / WINOGRAD8_BLOCK;
  product at = {
      .x = v + p * winograd8_v_step(s, cover) + (int64_t)tiles.first * WINOGRAD8_BLOCK,
      .block_step = winograd8_block_step(cover), .depth = depth,
      .w = winograd8_weights(a, channel, p),
      .slice_step = slices == SLICES ? bytes * HRN_F23_POSITIONS : 0,
      .m_slice_step = HRN_F23_POSITIONS * winograd8_m_step(cover),
      .bias_slice_step = slices == SLICES ? WINOGRAD8_LANES : 0,
      .bias = a->bias + (int64_t)p * hrn_lanes(s->out_channels) + channel,
      .m = m + p * winograd8_m_step(cover) + (int64_t)tiles.first * WINOGRAD8_LANES,
  };
  at.ahead = (const uint8_t *)(SLICES == 1 || p + 1 < HRN_F23_POSITIONS
                                   ? at.w + bytes
                                   : winograd8_weights(a, channel + SLICES * WINOGRAD8_LANES, 0));
  if (strips > 0) at.ahead_lines = (int32_t)((bytes / 64 + strips * blocks - 1) / (strips * blocks));
  int32_t biases[WINOGRAD8_LANES];
  if (FLIPPED_BITS != 0 && strips > 0) {
    correct_biases(&at, biases);
    at.bias = biases;
  }
  for (int32_t i = 0; i < strips; i++) {
    const int32_t n = count / strips + (i < count % strips);
    products[n - 1](&at);
    at.x += n * WINOGRAD8_BLOCK;
    at.m += n * WINOGRAD8_LANES;
    at.ahead += at.ahead_lines * blocks * 64;
  }
}

/// The whole call.
HRN_INLINE void run_winograd8(const hrn_winograd8 *a, int32_t group0, int32_t group1, const uint8_t *v, int32_t *m) {
  const hrn_conv2d_shape *s = &a->shape;
  const hrn_f23_cover cover = hrn_f23_cover_of(s, 0, s->out_height);
  hrn_clear_sums(a->pool_sums, s->out_channels, group0, group1);
  const int32_t end = hrn_min_i32(group1 * HRN_GROUP_LANES, hrn_lanes(s->out_channels));
  for (int32_t channel = group0 * HRN_GROUP_LANES; channel < end; channel += SLICES * WINOGRAD8_LANES) {
    const int32_t slices = hrn_min_i32(SLICES, (end - channel) / WINOGRAD8_LANES);
    for (int32_t p = 0; p < HRN_F23_POSITIONS; p++)
      multiply_position(a, &cover, channel, slices, p, v, m);
    for (int32_t slice = 0; slice < slices; slice++)
      POOL(a, &cover, channel + slice * WINOGRAD8_LANES, m + slice * HRN_F23_POSITIONS * winograd8_m_step(&cover));
  }
}
