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

/// Output positions (oy, ox), (oy, ox + 1) … and a function's lanes of one group, from `channel` on.
typedef struct {
  int32_t oy, ox, pixels;
  int32_t channel;
  int32_t group_lanes;   // lanes in a row of packed weights
  int64_t weights;       // element offset of these lanes' weights
  int64_t input;         // element offset of the first input block they read
  int64_t output;        // element offset of the first position's first channel
  int32_t output_lane;   // that channel's place in its output block
  hrn_range blocks;      // the input blocks to add: not the first ones, if sums has those before them
  void *sums;            // of every position, `lanes` of the tiling each, on a 64-byte boundary
  hrn_range rows;        // the tap rows that lie inside the input
  int32_t is_interior;   // whether every tap column of every position does
} hrn_tile;

/// Computes one tile of the convolution that `args` describes.
typedef void (*hrn_tile_function)(const void *args, const hrn_tile *tile);

/// What a tier's tiles look like: `lanes` wide, and 16 wide where a group ends.
typedef struct {
  int32_t pixels, lanes;
  int32_t k_step;         // neighbouring k of one lane in packed weights
  int32_t element_bytes;  // of the input
  const hrn_tile_function *functions;         // by pixels, from 1 on
  const hrn_tile_function *narrow_functions;  // the same for tiles of 16 lanes
} hrn_tiling;

/// Calls the tiling's functions for groups [group0, group1) and rows [row0, row1). Positions of one lane come in
/// row-major order. Rows go in bands whose input stays in cache while every group passes over it. Where a tile's weights
/// are more than a first-level cache keeps, a band's positions pass over one chunk of them after another.
void hrn_conv2d_walk(const hrn_conv2d_shape *s, const hrn_tiling *tiling, const void *args, int32_t group0,
                     int32_t group1, int32_t row0, int32_t row1);
/// The same, but a position with a tap column outside the input is a tile of its own.
void hrn_depthwise2d_walk(const hrn_conv2d_shape *s, const hrn_tiling *tiling, const void *args, int32_t group0,
                          int32_t group1, int32_t row0, int32_t row1);

/// The tile's pixels for which tap column kx lies inside the input.
static inline hrn_range hrn_pixels_inside(const hrn_conv2d_shape *s, const hrn_tile *tile, int32_t kx) {
  const int32_t ix = tile->ox * s->stride_x + kx * s->dilation_x - s->pad_left;
  hrn_range pixels = {.first = 0, .end = tile->pixels};
  while (pixels.first < pixels.end && ix + pixels.first * s->stride_x < 0) pixels.first++;
  while (pixels.first < pixels.end && ix + (pixels.end - 1) * s->stride_x >= s->in_width) pixels.end--;
  return pixels;
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
