// The Winograd of bfloat16 products over the vectors of one tier. A file per tier includes its maps and products and
// defines
//
//   splat, add, subtract, multiply_add, clamp_to      one IEEE operation per lane: common/floats_*.h
//   load_sums, store_sums                             a vector of floats: likewise
//   PIXELS                                            tiles whose sums are in registers at once, a macro
//   HAS_NARROW_TILES                                  defined as 1 where VECTORS vectors are more than 16 lanes
//   halves, split_pairs, join_pairs, in_order         winograd16_pairs.h, or the tier's own
//   PART                                              how steps of the transforms are compiled: HRN_INLINE, or apart
//   HRN_NAME(family)                                  the names of the kernels
#include "../common/instances.h"

enum { TILE_LANES = VECTORS * VECTOR_LANES, LINE_VECTORS = 16 / VECTOR_LANES };

#include "winograd16_filters.h"
#include "winograd16_input.h"
#include "winograd16_outputs.h"

/// Tiles that follow each other, of one position, and a slice of lanes. Meanwhile weights come from memory that are
/// needed next.
typedef struct {
  float *m;              // of the first tile
  const uint16_t *v;     // likewise, in the first block
  const uint16_t *u;
  int64_t v_stride;      // from one block to the next
  int32_t blocks;
  int32_t is_first;      // whether sums begin with 0, or with m
  hrn_asking ahead;
  int32_t ahead_lines;   // with each block
} product;

HRN_INLINE void multiply_block(vector acc[PIXELS][VECTORS], int tiles, int vectors, const uint16_t *v, const uint16_t *u,
                               hrn_asking *ahead, int32_t lines) {
  const int64_t row = K_STEP * vectors * VECTOR_LANES;
  ahead->end += lines * ahead->step;
#if defined(HAS_ASKING_STEPS)
  add_tap_asking(acc, 0, tiles, vectors, v, W16_BLOCK, u, row, W16_BLOCK / K_STEP, ahead);
#else
  hrn_ask_some(ahead, lines);
  add_tap(acc, 0, tiles, vectors, v, W16_BLOCK, u, row, W16_BLOCK / K_STEP);
#endif
}

HRN_INLINE void multiply_tiles(const product *p, int tiles, int vectors) {
  const int lanes = vectors * VECTOR_LANES;
  vector acc[PIXELS][VECTORS];
  HRN_UNROLL
  for (int t = 0; t < tiles; t++)
    HRN_UNROLL
    for (int i = 0; i < vectors; i++)
      acc[t][i] = p->is_first ? splat(0) : load_sums(p->m + t * lanes + i * VECTOR_LANES);
  const uint16_t *v = p->v, *u = p->u;
  hrn_asking ahead = p->ahead;
  for (int32_t left = p->blocks; left > 0; left--, v += p->v_stride, u += W16_BLOCK * lanes)
    multiply_block(acc, tiles, vectors, v, u, &ahead, p->ahead_lines);
  HRN_UNROLL
  for (int t = 0; t < tiles; t++)
    HRN_UNROLL
    for (int i = 0; i < vectors; i++) store_sums(p->m + t * lanes + i * VECTOR_LANES, acc[t][i]);
}

typedef void (*multiply_function)(const product *p);

#define MULTIPLY(tiles, function, vectors) \
  static void function(const product *p) { multiply_tiles(p, tiles, vectors); }
HRN_INSTANCES(multiply_function, wide_products, PIXELS, MULTIPLY, VECTORS)
#if defined(HAS_NARROW_TILES)
HRN_INSTANCES(multiply_function, narrow_products, PIXELS, MULTIPLY, LINE_VECTORS)
#else
#define narrow_products wide_products
_Static_assert(TILE_LANES == 16, "a group's last 16 lanes have products");
#endif

/// One thread's work on a slice of lanes and some tiles.
typedef struct {
  const hrn_conv2d_bf16 *a;
  const hrn_f23_cover *cover;
  const uint16_t *v;
  uint16_t *u;
  float *m;
  hrn_range tiles;
  int32_t channel, lanes;          // the slice
  int32_t group_lanes;
  const uint16_t *weights;         // the slice's, of the first block
} job;

/// Adds the products of blocks [block, block + blocks) to m. Of what is `ahead` as much is asked for as there are lines.
static void multiply_chunk(const job *j, int32_t block, int32_t blocks, const uint8_t *ahead, int32_t lines) {
  const multiply_function *products = j->lanes == TILE_LANES ? wide_products : narrow_products;
  const hrn_conv2d_shape *s = &j->a->shape;
  const int64_t m_step = W16_M_STEP(j->tiles.end - j->tiles.first, j->lanes), v_step = w16_v_step(s, j->cover);
  product at = {.v_stride = (int64_t)j->cover->tiles * W16_BLOCK, .blocks = blocks, .is_first = block == 0};
  for (int p = 0; p < HRN_F23_POSITIONS; p++) {
    const hrn_range all = hrn_f23_tiles_at(j->cover, p);
    const int32_t first = hrn_max_i32(all.first, j->tiles.first), end = hrn_min_i32(all.end, j->tiles.end);
    const int32_t count = hrn_max_i32(0, end - first), strips = (count + PIXELS - 1) / PIXELS;
    if (strips == 0) continue;
    at.m = j->m + p * m_step + (int64_t)(first - j->tiles.first) * j->lanes;
    at.v = j->v + p * v_step + block * at.v_stride + (int64_t)first * W16_BLOCK;
    at.u = j->u + p * W16_U_STEP(j->lanes);
    const int32_t parts = HRN_F23_POSITIONS * strips * blocks;
    at.ahead_lines = (lines + parts - 1) / parts;
    for (int32_t i = 0; i < strips; i++) {
      const int32_t tiles = count / strips + (i < count % strips);
      at.ahead = (hrn_asking){ahead, ahead, 64};
      products[tiles - 1](&at);
      ahead += (int64_t)64 * at.ahead_lines * blocks;
      at.m += (int64_t)tiles * j->lanes;
      at.v += (int64_t)tiles * W16_BLOCK;
    }
  }
}

/// A slice's outputs at some tiles. Where one chunk is all there is its weights may be there already.
static void run_tiles(const job *j, int is_filled) {
  const hrn_conv2d_shape *s = &j->a->shape;
  const int64_t block_weights = (int64_t)9 * W16_BLOCK * j->group_lanes;
  const int32_t most = W16_CHUNK / W16_BLOCK;
  for (int32_t block = 0, blocks; block < s->in_blocks; block += blocks) {
    blocks = hrn_min_i32(most, s->in_blocks - block);
    if (!is_filled) fill_weights(j->weights + block * block_weights, j->group_lanes, j->lanes, blocks, j->u);
    const uint16_t *const next = j->weights + (block + blocks) * block_weights;
    const int32_t lines = j->lanes == j->group_lanes ? (int32_t)(blocks * block_weights / 32) : 0;
    multiply_chunk(j, block, blocks, (const uint8_t *)next, lines);
  }
  const int64_t step = W16_M_STEP(j->tiles.end - j->tiles.first, j->lanes);
  for (int32_t i = j->tiles.first; i < j->tiles.end; i++)
    for (int32_t lane = 0; lane < j->lanes; lane += 16)
      finish_tile(j->a, hrn_f23_tile_at(j->cover, i), j->m + (int64_t)(i - j->tiles.first) * j->lanes + lane, step,
                  j->channel + lane);
}

void HRN_NAME(winograd16)(const hrn_conv2d_bf16 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1,
                          const uint16_t *v, void *scratch) {
  const hrn_conv2d_shape *s = &a->shape;
  const hrn_f23_cover cover = hrn_f23_cover_of(s, row0, row1);
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, s->out_channels, group0, group1);
  job j = {.a = a, .cover = &cover, .v = v, .u = scratch,
           .m = (float *)((uint16_t *)scratch + HRN_F23_POSITIONS * W16_U_STEP(HRN_GROUP_LANES))};
  const int32_t passes = (cover.tiles + W16_TILES - 1) / W16_TILES, is_one_chunk = s->in_blocks <= W16_CHUNK / W16_BLOCK;
  for (int32_t group = group0; group < group1; group++) {
    j.group_lanes = hrn_group_lanes(s->out_channels, group);
    for (int32_t lane = 0; lane < j.group_lanes; lane += j.lanes) {
      j.lanes = j.group_lanes - lane >= TILE_LANES ? TILE_LANES : 16;
      j.channel = group * HRN_GROUP_LANES + lane;
      j.weights = a->weights + group * HRN_GROUP_LANES * hrn_depth(s) + lane * K_STEP;
      for (int32_t pass = 0; pass < passes; pass++) {
        j.tiles = hrn_part(cover.tiles, pass, passes);
        run_tiles(&j, pass > 0 && is_one_chunk);
      }
    }
  }
}
