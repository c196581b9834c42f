// Bands, groups, rows and tiles: the loops around every vectorised convolution.
#include "conv2d_walk.h"

/// Input bytes of a band: a share of a second-level cache that leaves room for a group's weights.
enum { BAND_BYTES = 256 * 1024 };

/// Output rows whose input is about BAND_BYTES.
static int32_t band_rows(const hrn_conv2d_shape *s, int32_t element_bytes) {
  const int64_t row_bytes = s->in_blocks * s->in_row_stride * s->stride_y * element_bytes;
  const int64_t rows = BAND_BYTES / (row_bytes > 0 ? row_bytes : 1);
  return rows < 1 ? 1 : rows > s->out_height ? s->out_height : (int32_t)rows;
}

/// Cuts a row into near-equal tiles of at most tiling->pixels positions.
static void walk_row(const hrn_conv2d_shape *s, const hrn_tiling *tiling, const void *args,
                     const hrn_tile_function *functions, hrn_tile tile) {
  const int32_t count = (s->out_width + tiling->pixels - 1) / tiling->pixels;
  for (int32_t i = 0; i < count; i++) {
    tile.pixels = s->out_width / count + (i < s->out_width % count);
    const int32_t first = tile.ox * s->stride_x - s->pad_left, last = first + (tile.pixels - 1) * s->stride_x;
    tile.is_interior = first >= 0 && last + s->kernel_width <= s->in_width;
    functions[tile.pixels - 1](args, &tile);
    tile.ox += tile.pixels;
    tile.output += (int64_t)tile.pixels * s->out_block;
  }
}

/// The lanes of one tile function over rows [row0, row1).
static void walk_rows(const hrn_conv2d_shape *s, const hrn_tiling *tiling, const void *args,
                      const hrn_tile_function *functions, hrn_tile tile, int32_t row0, int32_t row1) {
  tile.output_lane = tile.channel % s->out_block;
  for (tile.oy = row0; tile.oy < row1; tile.oy++) {
    tile.rows = hrn_taps_inside(tile.oy * s->stride_y - s->pad_top, s->kernel_height, s->in_height);
    tile.output = hrn_output_offset(s, tile.oy, 0, tile.channel);
    walk_row(s, tiling, args, functions, tile);
  }
}

/// One group over rows [row0, row1), in the widest tiles its lanes allow.
static void walk_group(const hrn_conv2d_shape *s, const hrn_tiling *tiling, const void *args, int32_t group,
                       int32_t row0, int32_t row1) {
  const int32_t c0 = group * HRN_GROUP_LANES, group_lanes = hrn_group_lanes(s->out_channels, group);
  for (int32_t lane = 0, lanes; lane < group_lanes; lane += lanes) {
    lanes = group_lanes - lane >= tiling->lanes ? tiling->lanes : 16;
    const hrn_tile_function *functions = lanes == 16 ? tiling->narrow_functions : tiling->functions;
    const hrn_tile tile = {
        .channel = c0 + lane,
        .group_lanes = group_lanes,
        .weights = c0 * hrn_depth(s) + lane * tiling->k_step,
    };
    walk_rows(s, tiling, args, functions, tile, row0, row1);
  }
}

void hrn_conv2d_walk(const hrn_conv2d_shape *s, const hrn_tiling *tiling, const void *args, int32_t group0,
                     int32_t group1, int32_t row0, int32_t row1) {
  const int32_t band = band_rows(s, tiling->element_bytes);
  for (int32_t row = row0; row < row1; row += band)
    for (int32_t group = group0; group < group1; group++)
      walk_group(s, tiling, args, group, row, hrn_min_i32(row + band, row1));
}
