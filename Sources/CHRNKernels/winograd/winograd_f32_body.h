// The Winograd of float32 and bfloat16 maps over the vectors of one tier: the same floats, once they are read. A file per
// tier includes its products and defines
//
//   splat, add, subtract, multiply, multiply_add,
//   clamp_to                                          one IEEE operation per lane: common/floats_*.h
//   load_map, store_map                               a vector of a bfloat16 map
//   odd_of, even_of, load_pairs                       of bfloat16 weights, a pair of k for each lane: one of them
//   PIXELS, UNROLL                                    tiles whose sums are in registers at once, a macro; k steps per
//                                                     iteration
//   HAS_ADD_TAP                                       instead of UNROLL, where products come with an add_tap of their own
//   CHUNK, FEW_CHUNK                                  input channels whose weights are transformed at once; where tiles
//                                                     are few, and weights are read as soon as they are written
//   PAIRS                                             pairs of rows of positions whose weights are transformed at once: 1
//                                                     or all 3, where a second-level cache holds those of a chunk
//   SUM_LINES                                         tiles whose sums of 16 lanes are kept at once
//   HAS_NARROW_TILES                                  defined as 1 where VECTORS vectors are more than 16 lanes
//   HAS_FEW_TILES                                     defined as 1 where winograd_f32_few.h pays
//   PART                                              how steps of the transforms are compiled: HRN_INLINE, or apart
//   HRN_NAME(family)                                  the names of the kernels
//
// The points are 0, a, -a, infinity, b, -b with a = 3/4 and b = 3/2. They keep what is large in a product of one
// position within a small factor of what is large in the outputs, which is what rounding errors grow with, and make the
// constants of both transforms of the operands exact. The divisors of interpolation are all in the output's.
#include "../common/instances.h"

enum { TILE_LANES = VECTORS * VECTOR_LANES, LINE_VECTORS = 16 / VECTOR_LANES };

/// Whether the tiles are few, at most two high and two wide, and winograd_f32_few.h is there for them.
static int is_few(const hrn_winograd_cover *c) {
#if defined(HAS_FEW_TILES)
  return hrn_winograd_length(c->y) <= 2 && hrn_winograd_length(c->x) <= 2;
#else
  (void)c;
  return 0;
#endif
}

/// Transformed weights, [block of 16 channels][position of two rows or six][channel][lane]: how far apart positions are,
/// and blocks. Known when compiled, for a lane's positions are as many stores of one address and a constant. Those of 64
/// lanes are a cache line further apart than they need be: 4 KB apart they would all meet in one set of a cache.
#define U_POSITION(lanes) (HRN_V_LANES * (lanes) + (lanes) / HRN_GROUP_LANES * 16)
#define U_PAIR(lanes) (2 * HRN_POINTS * U_POSITION(lanes))
#define U_BLOCK(lanes) (PAIRS * U_PAIR(lanes))

_Static_assert(FEW_CHUNK <= CHUNK && CHUNK / HRN_V_LANES * U_BLOCK(TILE_LANES) <= HRN_U_FLOATS, "a chunk has its place");

/// a, b, their squares, and the product and sum of the squares.
#define A_1 0.75f
#define B_1 1.5f
#define A_2 0.5625f
#define B_2 2.25f
#define A_2_B_2 1.265625f
#define A_2_PLUS_B_2 2.8125f

/// The pairs of rows of positions: 0 and infinity, a and -a, b and -b.
enum { ROW_PAIRS = 3 };
static const struct {
  float p;
  int rows[2];
} row_pairs[] = {{0, {0, 3}}, {A_1, {1, 2}}, {B_1, {4, 5}}};

/// One thread's work on some tiles of the map, and some lanes of a group.
typedef struct {
  const hrn_winograd_convolution *a;
  const hrn_winograd_cover *cover;
  const hrn_winograd_v *map;
  hrn_range tiles;
  const float *v;
  float *u, *m;
  int32_t chunk;
  const struct few_tiles *few;  // where tiles are few: those of every position
} job;

static int64_t sum_stride(const job *j, int lanes) {
  return hrn_position_lines(j->tiles.end - j->tiles.first) * lanes;
}

#include "winograd_f32_input.h"
#include "winograd_f32_filters.h"
#include "winograd_f32_products.h"
#include "winograd_f32_outputs.h"

/// A slice of a group's lanes, and its weights in a chunk of the input.
typedef struct {
  int32_t lanes, group_lanes;
  int32_t block, blocks;  // blocks of 16 channels
  int64_t weights;        // where those of the first channel begin
  int64_t ahead;          // what comes next
} slice;

#if defined(HAS_FEW_TILES)
#include "winograd_f32_few.h"
#endif

/// Transforms a slice's weights for the positions of PAIRS pairs of rows; `pair` is the first, at the rim or not.
HRN_INLINE void fill_weights_of(const job *j, const slice *s, int pair, int is_rim, int is_bf16) {
  const int64_t step = s->group_lanes, tap = HRN_V_LANES * step;
  const void *w = j->a->weights;
  for (int32_t i = 0; i < s->blocks; i++) {
    const int64_t place = s->weights + i * 9 * tap;
    float *u = j->u + i * U_BLOCK(s->lanes);
    if (TILE_LANES > 16 && s->lanes == TILE_LANES)
      transform_weights(w, place, step, tap, pair, VECTORS, u, is_rim, is_bf16);
    else
      transform_weights(w, place, step, tap, pair, LINE_VECTORS, u, is_rim, is_bf16);
  }
}

static void fill_weights(const job *j, const slice *s, int pair) {
  const int is_bf16 = j->a->is_bf16;
  if (is_bf16 && pair == 0) fill_weights_of(j, s, 0, 1, 1);
  else if (pair == 0) fill_weights_of(j, s, 0, 1, 0);
  else if (is_bf16 && PAIRS == 1) fill_weights_of(j, s, pair, 0, 1);
  else if (PAIRS == 1) fill_weights_of(j, s, pair, 0, 0);
}

_Static_assert((SUM_LINES / (TILE_LANES / 16) | 1) * TILE_LANES * HRN_POSITIONS <= HRN_M_FLOATS, "sums have their place");

/// Adds a slice's products at the positions of one pair of rows to m. `weights` are those of its first position.
static void add_positions(const job *j, const slice *s, int pair, const float *weights, float *m) {
  const product_function *products = s->lanes == TILE_LANES ? wide_products : narrow_products;
  const int64_t stride = sum_stride(j, s->lanes), line = (int64_t)s->group_lanes * 4;
  // Rows of lanes are as long in either width: bfloat16 has half as many, of two k each.
  const int32_t element_bytes = j->a->is_bf16 ? 2 : 4, rows = s->blocks * HRN_V_LANES * 9 * element_bytes / 4;
  const int32_t ahead = rows / HRN_POSITIONS;
  const uint8_t *const next = (const uint8_t *)j->a->weights + s->ahead * element_bytes;
  for (int index = 0; index < 2 * HRN_POINTS; index++) {
    const int row = row_pairs[pair].rows[index / HRN_POINTS], column = index % HRN_POINTS;
    const int position = row * HRN_POINTS + column;
    const hrn_range at = hrn_winograd_tiles_at(j->cover, row, column);
    const int32_t first = hrn_max_i32(at.first, j->tiles.first), end = hrn_min_i32(at.end, j->tiles.end);
    const int32_t width = hrn_max_i32(0, end - first), count = (width + PIXELS - 1) / PIXELS;
    const float *u = weights + index * U_POSITION(s->lanes);
    const float *v = j->v + position * j->map->position_stride + s->block * j->map->block_stride;
    // A slice as wide as its group has its rows one after another.
    const int32_t wide_ahead = TILE_LANES == 16 ? 0 : s->lanes == TILE_LANES ? ahead * TILE_LANES / 16 : ahead;
    const int64_t ahead_step = s->lanes == s->group_lanes ? 64 : line;
    const uint8_t *const from = next + position * ahead * line;
    if (TILE_LANES == 16)
      for (int32_t i = 0; i < ahead; i++) __builtin_prefetch(from + i * line, 0, 2);
    const int32_t burst = count > 0 ? wide_ahead / (count * s->blocks * 4) + 1 : 0;
    const int32_t least = count > 0 ? width / count : 0, larger = width - least * count;
    for (int32_t i = 0, tile = first, pixels; i < count; i++, tile += pixels) {
      const hrn_asking share = {.next = from + wide_ahead * i / count * ahead_step,
                                .end = from + wide_ahead * (i + 1) / count * ahead_step, .step = ahead_step};
      pixels = least + (i < larger);
      products[pixels - 1](m + position * stride + (int64_t)(tile - j->tiles.first) * s->lanes,
                           v + (int64_t)tile * HRN_V_LANES, j->map->block_stride, s->blocks, u, s->block == 0, &share,
                           burst);
    }
  }
}

/// Lanes [lane, lane + span) of a group over the job's tiles.
static void run_lanes(const job *j, int32_t group, int32_t lane, int32_t span) {
  const hrn_conv2d_shape *shape = j->a->shape;
  const int32_t c0 = group * HRN_GROUP_LANES, group_lanes = hrn_group_lanes(shape->out_channels, group);
  // Elements of one lane in a row of weights: k, or a pair of k.
  const int64_t pair = j->a->is_bf16 ? 2 : 1;
  const int64_t weights = (int64_t)c0 * j->map->blocks * HRN_V_LANES * 9 + lane * pair;
  for (int32_t block = 0, blocks; block < j->map->blocks; block += blocks) {
    blocks = hrn_min_i32(j->chunk / HRN_V_LANES, j->map->blocks - block);
    float *m = j->m;
    for (int32_t at = 0, lanes; at < span; at += lanes) {
      lanes = span - at >= TILE_LANES ? TILE_LANES : 16;
      const int64_t w = weights + (int64_t)block * HRN_V_LANES * 9 * group_lanes + at * pair;
      const slice s = {
          .lanes = lanes, .group_lanes = group_lanes, .block = block, .blocks = blocks, .weights = w,
          .ahead = at + lanes < span ? w + lanes * pair : w - at * pair + (int64_t)blocks * HRN_V_LANES * 9 * group_lanes,
      };
#if defined(HAS_FEW_TILES)
      if (j->few) add_few(j, &s, m);
#endif
      for (int pair = 0; pair < ROW_PAIRS && !j->few; pair++) {
        if (pair % PAIRS == 0) fill_weights(j, &s, pair);
        add_positions(j, &s, pair, j->u + pair % PAIRS * U_PAIR(lanes), m);
      }
      m += HRN_POSITIONS * sum_stride(j, lanes);
    }
  }
  const float *m = j->m;
  for (int32_t at = 0, lanes; at < span; at += lanes) {
    lanes = span - at >= TILE_LANES ? TILE_LANES : 16;
    const int64_t stride = sum_stride(j, lanes);
    for (int32_t i = j->tiles.first; i < j->tiles.end; i++, m += lanes)
      for (int32_t l = 0; l < lanes; l += 16) finish_tile(j, i, m + l, stride, c0 + lane + at + l);
    m += HRN_POSITIONS * stride - (j->tiles.end - j->tiles.first) * lanes;
  }
}

static void multiply_all(const hrn_winograd_convolution *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1,
                         const float *v, void *scratch) {
  const hrn_conv2d_shape *s = a->shape;
  const hrn_winograd_cover cover = hrn_winograd_cover_of(s, row0, row1, HRN_TAIL_FLOAT);
  const hrn_winograd_v map = hrn_winograd_v_of(s, &cover, is_few(&cover));
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, s->out_channels, group0, group1);
  // As many lanes at once as their sums leave room for, and all tiles if they may be few lanes.
  int32_t span = HRN_GROUP_LANES;
  while (span > TILE_LANES && cover.tiles > SUM_LINES / (span / 16)) span /= 2;
  const int32_t most = SUM_LINES / (span / 16), count = (cover.tiles + most - 1) / most;
  job j = {.a = a, .cover = &cover, .map = &map, .v = v, .u = scratch, .m = (float *)scratch + HRN_U_FLOATS,
           .chunk = cover.tiles > 2 * PIXELS ? CHUNK : FEW_CHUNK};
#if defined(HAS_FEW_TILES)
  few_tiles few[HRN_POSITIONS];
  if (is_few(&cover)) {
    find_few_tiles(s, &cover, few);
    j.few = few;
  }
#endif
  for (int32_t group = group0; group < group1; group++)
    for (int32_t i = 0; i < count; i++) {
      j.tiles = hrn_part(cover.tiles, i, count);
      const int32_t lanes = hrn_group_lanes(s->out_channels, group);
      for (int32_t lane = 0; lane < lanes; lane += span) run_lanes(&j, group, lane, hrn_min_i32(span, lanes - lane));
    }
}

void HRN_NAME(winograd_f32)(const hrn_conv2d_f32 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1,
                            const float *v, void *scratch) {
  const hrn_winograd_convolution c = hrn_winograd_of_f32(a);
  multiply_all(&c, group0, group1, row0, row1, v, scratch);
}

void HRN_NAME(winograd_bf16)(const hrn_conv2d_bf16 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1,
                             const float *v, void *scratch) {
  const hrn_winograd_convolution c = hrn_winograd_of_bf16(a);
  multiply_all(&c, group0, group1, row0, row1, v, scratch);
}
