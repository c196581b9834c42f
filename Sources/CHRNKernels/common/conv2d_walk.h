// How the vector tiers walk a convolution: tiles of neighbouring output positions times lanes of one group.
#pragma once
#include "conv2d_geometry.h"

/// For what must melt into its caller so that accumulators stay registers.
#define HRN_INLINE static inline __attribute__((always_inline))
/// Before a loop over accumulators: its indices must become constants.
#if defined(__clang__)
#define HRN_UNROLL _Pragma("clang loop unroll(full)")
#else
#define HRN_UNROLL _Pragma("GCC unroll 8")
#endif
/// Before a loop of as many steps as are in flight at once: more of its code would only fill the cache.
#if defined(__clang__)
#define HRN_ROLLED _Pragma("clang loop unroll(disable)")
#else
#define HRN_ROLLED _Pragma("GCC unroll 1")
#endif
/// Between the k steps of an unrolled loop: loads stay on their side, or there are more of them than registers.
#define HRN_IN_ORDER __asm__ volatile("" ::: "memory")

/// Before a loop that a kernel spends its time in: a processor issues it up to a tenth slower where it begins in the
/// middle of a line of instructions.
#define HRN_ALIGNED
#if defined(__clang__) && defined(__has_c_attribute)
#if __has_c_attribute(clang::code_align)
#undef HRN_ALIGNED
#define HRN_ALIGNED [[clang::code_align(64)]]
#endif
#endif

/// Output positions (oy, ox), (oy, ox + 1) … and a function's lanes of one group, from `channel` on; of their sums, what
/// the input blocks of one chunk add. `count` such tiles follow one another in a row, alike but for hrn_next_tile.
typedef struct {
  int32_t oy, ox, pixels, count;
  int32_t channel;
  int32_t blocks;        // input blocks of the chunk
  const void *weights;   // these lanes' weights for the chunk
  int32_t weight_lanes;  // lanes in a row of those weights
  int64_t input;         // element offset of the chunk's first input block
  int64_t window;        // of the first position's first tap in that block, at the first of `rows`
  int64_t output;        // element offset of the first position's first channel
  int32_t output_lane;   // that channel's place in its output block
  hrn_range rows;        // the tap rows that lie inside the input
  int32_t is_interior;   // whether every tap column of every position does
  int32_t taps_are_near; // whether a row of taps reads inputs that follow one another
  int32_t is_first;      // whether sums begin with the bias, or with `partial`
  int32_t is_last;       // whether they are finished, or go to `partial`
  void *partial;         // sums between chunks, [pixels][lanes of the function], 4 bytes each, on a 64-byte boundary
  const uint8_t *ahead;  // weights that the next chunk needs
  int32_t ahead_first;   // cache lines of them to ask for before the tile
  int32_t ahead_lines;   // and with every tap
  int64_t window_step, output_step, partial_step, ahead_step;  // to the next tile's, the last two in bytes
} hrn_tile;

/// Goes on to the next tile of a row.
static inline void hrn_next_tile(hrn_tile *tile) {
  tile->ox += tile->pixels;
  tile->window += tile->window_step;
  tile->output += tile->output_step;
  if (tile->partial) tile->partial = (uint8_t *)tile->partial + tile->partial_step;
  tile->ahead += tile->ahead_step;
}

/// Computes the tiles of a row of the convolution that `args` describes, and leaves the one after them.
typedef void (*hrn_tile_function)(const void *args, hrn_tile *tile);

/// What a tier's tiles look like: `lanes` wide, and 16 wide where a group ends. Where they are wider than that there are
/// few of them, with much to ask for ahead of each: such a tier's functions do it with every tap.
typedef struct {
  int32_t pixels, lanes;
  int32_t k_step;         // neighbouring k of one lane in packed weights
  int32_t element_bytes;  // of the input, and of weights
  int32_t has_lone_edges; // whether a position with a tap column outside the input is a tile of its own
  const hrn_tile_function *functions;         // by pixels, from 1 on
  const hrn_tile_function *narrow_functions;  // the same for tiles of 16 lanes
} hrn_tiling;

enum {
  /// Bytes of a row of a panel, at most, with its share of what stands behind the rows of a tap.
  HRN_PANEL_ROW = 128,
  /// Tiles that make it worth to copy the weights of a chunk.
  HRN_PANEL_TILES = 3,
};

/// How a tier's tiles of 16 lanes have their weights prepared, once for all positions of a chunk: `fill` reads `rows` rows
/// of them, `tap_rows` for each tap and `step` bytes apart, and writes what `functions` read.
typedef struct {
  void (*fill)(void *panel, const uint8_t *weights, int32_t rows, int32_t tap_rows, int64_t step);
  int32_t pixels;                      // of a tile, at most
  int32_t least_tiles;                 // of the tiling's size, from which a panel pays
  const hrn_tile_function *functions;  // by pixels, from 1 on
} hrn_panels;

/// Calls the tiling's functions for groups [group0, group1) and rows [row0, row1). The finished positions of one lane come
/// in row-major order. `is_uniform` says that the functions look at oy and ox for nothing but the input's place: then the
/// rows of a 1x1 convolution may be one long row.
void hrn_conv2d_walk(const hrn_conv2d_shape *s, const hrn_tiling *tiling, const void *args, const void *weights,
                     int is_uniform, int32_t group0, int32_t group1, int32_t row0, int32_t row1);
/// The same with panels, but where a chunk has more rows than one holds, or few tiles: there the tiling's functions are
/// called.
void hrn_conv2d_walk_panels(const hrn_conv2d_shape *s, const hrn_tiling *tiling, const hrn_panels *panels,
                            const void *args, const void *weights, int is_uniform, int32_t group0, int32_t group1,
                            int32_t row0, int32_t row1);
/// The same for depthwise convolutions: in one chunk, and without panels.
void hrn_depthwise2d_walk(const hrn_conv2d_shape *s, const hrn_tiling *tiling, const void *args, const void *weights,
                          int32_t group0, int32_t group1, int32_t row0, int32_t row1);

/// Cache lines to ask for, `step` bytes apart, a few with each step of a loop: many at once hold up the loads behind them.
typedef struct {
  const uint8_t *next, *end;
  int64_t step;
} hrn_asking;

/// Asks for `lines` of what is left.
static inline void hrn_ask_some(hrn_asking *a, int32_t lines) {
  for (; lines > 0 && a->next < a->end; lines--, a->next += a->step) __builtin_prefetch(a->next, 0, 3);
}

/// Asks for `lines` cache lines from `ahead` on; what follows them.
static inline const uint8_t *hrn_ask(const uint8_t *ahead, int32_t lines) {
  HRN_ROLLED
  for (; lines > 0; lines--, ahead += 64) __builtin_prefetch(ahead, 0, 2);
  return ahead;
}

/// The tile's pixels for which tap column kx lies inside the input.
static inline hrn_range hrn_pixels_inside(const hrn_conv2d_shape *s, const hrn_tile *tile, int32_t kx) {
  const int32_t ix = tile->ox * s->stride_x + kx * s->dilation_x - s->pad_left;
  return hrn_taps_inside(ix, tile->pixels, s->stride_x, s->in_width);
}

/// The tap columns that lie inside the input for every pixel of the tile.
static inline hrn_range hrn_whole_taps(const hrn_conv2d_shape *s, const hrn_tile *tile) {
  const int32_t first = tile->ox * s->stride_x - s->pad_left, last = first + (tile->pixels - 1) * s->stride_x;
  return (hrn_range){.first = hrn_taps_inside(first, s->kernel_width, s->dilation_x, s->in_width).first,
                     .end = hrn_taps_inside(last, s->kernel_width, s->dilation_x, s->in_width).end};
}

/// A cursor over the tile's output, 16 lanes at a time: blocks end on multiples of 16.
typedef struct {
  int64_t offset;
  int32_t lane;
} hrn_output_cursor;

static inline hrn_output_cursor hrn_output_start(const hrn_tile *tile) {
  return (hrn_output_cursor){.offset = tile->output, .lane = tile->output_lane};
}

static inline hrn_output_cursor hrn_output_next(const hrn_conv2d_shape *s, hrn_output_cursor at) {
  at.offset += 16;
  at.lane += 16;
  if (at.lane == s->out_block) {
    at.lane = 0;
    at.offset += s->out_block_stride - s->out_block;
  }
  return at;
}
