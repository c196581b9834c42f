// The bfloat16 convolution on 256-bit vectors, in tiles of up to 6 positions x 64 lanes. A tile's inputs are widened to
// floats in memory, once for all its lanes, which are computed 16 at a time in 12 accumulators. A position at an edge and
// a group's last lanes are tiles of 16 lanes, which widen for themselves.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx2_begin.h"

#define PIXELS 6
#define HAS_LONE_EDGES 1
#define HAS_FINISH_APART 1
typedef hrn_conv2d_bf16 arguments;
enum { PIXEL_STEP = 0 };

#include "../common/maps_bf16_256.h"
#include "../products/products_bf16_avx2.h"
#include "../conv2d_f32/conv2d_f32_finish256.h"
#include "../common/conv2d_tile.h"

TILES(tiles, VECTORS)

enum {
  LANES = VECTORS * VECTOR_LANES,
  WIDE_LANES = HRN_GROUP_LANES,
  /// Input channels of a block, and taps of blocks that are widened at once, at most: they fit a first-level cache.
  BLOCK = 16,
  WIDE_TAPS = 72,
};

/// Inputs of a tile as floats, [tap of a block][position][channel].
typedef float wide_inputs[PIXELS][BLOCK];

/// How one tile goes through its weights: `parts` runs of `taps` taps each.
typedef struct {
  int32_t parts, taps;
  int64_t first, step;  // weights before the first run, and from one to the next
  int64_t row_step;     // from one pair of k to the next
} weight_runs;

/// Without rows of taps outside the input, all blocks are one run.
static weight_runs weight_runs_of(const hrn_conv2d_shape *s, const hrn_tile *tile) {
  const int32_t rows = hrn_max_i32(0, tile->rows.end - tile->rows.first), is_whole = rows == s->kernel_height;
  const int64_t row_step = (int64_t)tile->weight_lanes * K_STEP, tap = BLOCK / K_STEP * row_step;
  return (weight_runs){
      .parts = is_whole ? 1 : tile->blocks,
      .taps = rows * s->kernel_width * (is_whole ? tile->blocks : 1),
      .first = tile->rows.first * s->kernel_width * tap,
      .step = s->kernel_height * s->kernel_width * tap,
      .row_step = row_step,
  };
}

/// Widens the window of a tile inside the input.
HRN_INLINE void widen_window(wide_inputs *wide, const arguments *a, const hrn_tile *tile, int pixels) {
  const hrn_conv2d_shape *s = &a->shape;
  const int64_t pixel_step = s->stride_x * s->in_pixel_stride, column_step = s->dilation_x * s->in_pixel_stride;
  const element *block = a->input + tile->window;
  for (int32_t i = 0; i < tile->blocks; i++, block += s->in_block_stride) {
    const element *row = block;
    for (int32_t ky = tile->rows.first; ky < tile->rows.end; ky++, row += s->dilation_y * s->in_row_stride)
      for (int32_t kx = 0; kx < s->kernel_width; kx++, wide++)
        HRN_UNROLL
        for (int m = 0; m < pixels; m++) {
          const element *in = row + kx * column_step + m * pixel_step;
          _mm256_store_ps((*wide)[m], load_map(in));
          _mm256_store_ps((*wide)[m] + 8, load_map(in + 8));
        }
  }
}

/// The products of `taps` taps with LANES lanes, in the order of add_tap.
HRN_INLINE void add_wide_taps(vector acc[PIXELS][VECTORS], int pixels, const wide_inputs *x, const weight *w,
                              int64_t row_step, int32_t taps) {
  for (; taps > 0; taps--, x++) {
    HRN_ALIGNED
    for (int k = 0; k < BLOCK; k += K_STEP, w += row_step) add_pair(acc, 0, pixels, (*x)[0] + k, w);
  }
}

/// Tiles that follow one another in a row.
HRN_INLINE void run_wide_tiles(const arguments *a, hrn_tile *tile, int pixels, hrn_tile_function narrow) {
  const hrn_conv2d_shape *s = &a->shape;
  _Alignas(64) wide_inputs wide[WIDE_TAPS];
  const weight_runs runs = weight_runs_of(s, tile);
  const int is_wide = tile->is_interior && s->in_block == BLOCK && runs.parts * runs.taps <= WIDE_TAPS;
  const int32_t lines = (int32_t)(tile->ahead_step / 64 * LANES / WIDE_LANES);
  for (int32_t left = tile->count; left > 0; left--, hrn_next_tile(tile)) {
    if (is_wide) widen_window(wide, a, tile, pixels);
    hrn_tile slice = *tile;
    slice.count = 1;
    slice.ahead_first = lines;
    slice.ahead_lines = 0;
    hrn_output_cursor at = hrn_output_start(tile);
    for (int32_t lane = 0; lane < WIDE_LANES; lane += LANES, at = hrn_output_next(s, at)) {
      slice.ox = tile->ox;
      slice.channel = tile->channel + lane;
      slice.weights = (const weight *)tile->weights + lane * K_STEP;
      slice.window = tile->window;
      slice.output = at.offset;
      slice.output_lane = at.lane;
      slice.partial = tile->partial ? (float *)tile->partial + lane * pixels : NULL;
      slice.ahead = tile->ahead + (int64_t)64 * lines * (lane / LANES);
      if (!is_wide) {
        narrow(a, &slice);
        continue;
      }
      vector acc[PIXELS][VECTORS];
      begin_tile(acc, pixels, VECTORS, a, &slice);
      const wide_inputs *x = wide;
      const weight *w = (const weight *)slice.weights + runs.first;
      for (int32_t i = 0; i < runs.parts; i++, x += runs.taps, w += runs.step)
        add_wide_taps(acc, pixels, x, w, runs.row_step, runs.taps);
      end_tile(acc, pixels, VECTORS, a, &slice);
    }
  }
}

#define WIDE_TILE(pixels, function, vectors) \
  static void function(const void *args, hrn_tile *tile) { run_wide_tiles(args, tile, pixels, tiles[pixels - 1]); }
HRN_INSTANCES(hrn_tile_function, wide_tiles, PIXELS, WIDE_TILE, VECTORS)

void hrn_conv2d_bf16_avx2(const arguments *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  static const hrn_tiling tiling = {
      .pixels = PIXELS, .lanes = WIDE_LANES, .k_step = K_STEP, .element_bytes = sizeof(element),
      .has_lone_edges = HAS_LONE_EDGES, .functions = wide_tiles, .narrow_functions = tiles};
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, a->shape.out_channels, group0, group1);
  hrn_conv2d_walk(&a->shape, &tiling, a, a->weights, is_uniform(a), group0, group1, row0, row1);
}

#include "../common/tier_end.h"
#endif
