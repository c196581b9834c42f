// Bands, groups, rows and tiles: the loops around every vectorised convolution.
#include "conv2d_walk.h"

enum {
  BAND_BYTES = 256 * 1024,  // input of a band: a share of a second-level cache that leaves room for a group's weights
  CHUNK_BYTES = 20 * 1024,  // weights that stay in a first-level cache while positions pass over them
  SUMS_BYTES = 16 * 1024,   // sums of the positions that do
};

/// Output rows whose input is about BAND_BYTES.
static int32_t band_rows(const hrn_conv2d_shape *s, int32_t element_bytes) {
  const int64_t row_bytes = s->in_blocks * s->in_row_stride * s->stride_y * element_bytes;
  const int64_t rows = BAND_BYTES / (row_bytes > 0 ? row_bytes : 1);
  return rows < 1 ? 1 : rows > s->out_height ? s->out_height : (int32_t)rows;
}

/// The output columns whose every tap column lies inside the input.
static hrn_range interior(const hrn_conv2d_shape *s) {
  const int32_t reach = (s->kernel_width - 1) * s->dilation_x, last = s->in_width - 1 - reach + s->pad_left;
  const int32_t end = last < 0 ? 0 : hrn_min_i32(last / s->stride_x + 1, s->out_width);
  return (hrn_range){.first = hrn_min_i32((s->pad_left + s->stride_x - 1) / s->stride_x, end), .end = end};
}

/// What stays the same during a walk.
typedef struct {
  const hrn_conv2d_shape *shape;
  const hrn_tiling *tiling;
  const void *args;
  hrn_range interior;
  int32_t has_lone_edges;  // whether positions outside the interior are tiles of their own
  int32_t band;            // output rows of a band
  int32_t chunk_blocks;    // input blocks of a chunk of weights
  char *sums;              // SUMS_BYTES on a 64-byte boundary
  int32_t sums_step;       // bytes of a position's sums, or 0 where no chunk leaves them to another
} walk;

/// Cuts columns [tile.ox, end) into near-equal tiles of at most `pixels` positions; the tile after them.
static hrn_tile walk_columns(const walk *w, const hrn_tile_function *functions, hrn_tile tile, int32_t pixels,
                             int32_t end) {
  const int32_t width = end - tile.ox, count = (width + pixels - 1) / pixels;
  const int32_t least = count > 0 ? width / count : 0, longer = width - least * count;
  for (int32_t i = 0; i < count; i++) {
    tile.pixels = least + (i < longer);
    tile.is_interior = w->interior.first <= tile.ox && tile.ox + tile.pixels <= w->interior.end;
    functions[tile.pixels - 1](w->args, &tile);
    tile.ox += tile.pixels;
    tile.output += (int64_t)tile.pixels * w->shape->out_block;
    tile.sums = (char *)tile.sums + tile.pixels * w->sums_step;
  }
  return tile;
}

static hrn_tile walk_row(const walk *w, const hrn_tile_function *functions, hrn_tile tile) {
  const int32_t pixels = w->tiling->pixels, edge = w->has_lone_edges ? 1 : pixels;
  if (w->has_lone_edges) {
    tile = walk_columns(w, functions, tile, edge, w->interior.first);
    tile = walk_columns(w, functions, tile, pixels, w->interior.end);
  }
  return walk_columns(w, functions, tile, edge, w->shape->out_width);
}

/// The lanes of one tile function over rows [row0, row1).
static void walk_rows(const walk *w, const hrn_tile_function *functions, hrn_tile tile, int32_t row0, int32_t row1) {
  const hrn_conv2d_shape *s = w->shape;
  for (tile.oy = row0; tile.oy < row1; tile.oy++) {
    tile.ox = 0;
    tile.rows = hrn_taps_inside(tile.oy * s->stride_y - s->pad_top, s->kernel_height, s->dilation_y, s->in_height);
    tile.output = hrn_output_offset(s, tile.oy, 0, tile.channel);
    tile.sums = walk_row(w, functions, tile).sums;
  }
}

/// One group over rows [row0, row1), in the widest tiles its lanes allow.
static void walk_group(const walk *w, int32_t group, int32_t row0, int32_t row1) {
  const hrn_conv2d_shape *s = w->shape;
  const hrn_tiling *tiling = w->tiling;
  const int32_t c0 = group * HRN_GROUP_LANES, group_lanes = hrn_group_lanes(s->out_channels, group);
  for (int32_t lane = 0, lanes; lane < group_lanes; lane += lanes) {
    lanes = group_lanes - lane >= tiling->lanes ? tiling->lanes : 16;
    const hrn_tile_function *functions = lanes == 16 ? tiling->narrow_functions : tiling->functions;
    hrn_tile tile = {
        .channel = c0 + lane,
        .group_lanes = group_lanes,
        .weights = c0 * hrn_depth(s) + lane * tiling->k_step,
        .input = hrn_first_block(s, group) * s->in_block_stride,
        .output_lane = (c0 + lane) % s->out_block,
        .sums = w->sums,
    };
    for (int32_t block = 0; block < s->in_blocks; block += w->chunk_blocks) {
      tile.blocks = (hrn_range){block, hrn_min_i32(block + w->chunk_blocks, s->in_blocks)};
      walk_rows(w, functions, tile, row0, row1);
    }
  }
}

static void walk_groups(const walk *w, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  for (int32_t row = row0; row < row1; row += w->band)
    for (int32_t group = group0; group < group1; group++)
      walk_group(w, group, row, hrn_min_i32(row + w->band, row1));
}

void hrn_conv2d_walk(const hrn_conv2d_shape *s, const hrn_tiling *tiling, const void *args, int32_t group0,
                     int32_t group1, int32_t row0, int32_t row1) {
  _Alignas(64) char sums[SUMS_BYTES];
  walk w = {
      .shape = s, .tiling = tiling, .args = args, .interior = interior(s), .sums = sums,
      .chunk_blocks = s->in_blocks, .band = band_rows(s, tiling->element_bytes)};
  const int64_t block_bytes = hrn_depth(s) / s->in_blocks * tiling->lanes * tiling->element_bytes;
  const int32_t rows = SUMS_BYTES / (s->out_width * tiling->lanes * 4);
  if (block_bytes * s->in_blocks > CHUNK_BYTES && rows > 0) {
    w.chunk_blocks = hrn_max_i32(1, (int32_t)(CHUNK_BYTES / block_bytes));
    w.band = hrn_min_i32(w.band, rows);
    w.sums_step = tiling->lanes * 4;
  }
  walk_groups(&w, group0, group1, row0, row1);
}

void hrn_depthwise2d_walk(const hrn_conv2d_shape *s, const hrn_tiling *tiling, const void *args, int32_t group0,
                          int32_t group1, int32_t row0, int32_t row1) {
  const walk w = {
      .shape = s, .tiling = tiling, .args = args, .interior = interior(s), .has_lone_edges = 1,
      .chunk_blocks = 1, .band = band_rows(s, tiling->element_bytes)};
  walk_groups(&w, group0, group1, row0, row1);
}
