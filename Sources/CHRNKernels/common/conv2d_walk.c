// Bands, groups, chunks, rows and tiles: the loops around every vectorised convolution.
#include "conv2d_walk.h"

enum {
  /// Rows of a panel, each 16 lanes of 4 bytes: with the input that meets them they fit a first-level cache. A float stem
  /// has 7 times 24.
  PANEL_ROWS = 168,
  PANEL_LINE = 64,
  /// Cache lines of weights that a tile may ask for at once, before its products.
  ASKED_AT_ONCE = 16,
};

/// Output rows and columns.
typedef struct {
  hrn_range rows, columns;
} box;

/// What a walk knows.
typedef struct {
  const hrn_conv2d_shape *shape;
  const hrn_tiling *tiling;
  hrn_panels panels;
  const void *args;
  const uint8_t *weights;
  hrn_range interior;
  int32_t has_lone_edges;  // whether positions outside the interior are tiles of their own
  int32_t block_rows;      // rows of packed weights per input block
  int32_t chunk;           // input blocks that are summed at once
  uint8_t *panel;          // where one is filled, or null
  uint8_t *partial;        // the sums of a group between chunks
} walk;

/// The output columns whose every tap column lies inside the input.
static hrn_range interior(const hrn_conv2d_shape *s) {
  const int32_t reach = (s->kernel_width - 1) * s->dilation_x, last = s->in_width - 1 - reach + s->pad_left;
  const int32_t end = last < 0 ? 0 : hrn_min_i32(last / s->stride_x + 1, s->out_width);
  return (hrn_range){.first = hrn_min_i32((s->pad_left + s->stride_x - 1) / s->stride_x, end), .end = end};
}

static int32_t ceil_div(int32_t a, int32_t b) { return (a + b - 1) / b; }

/// Where the first tap of a tile's first position lies, at the first of its rows of taps.
static int64_t window_offset(const hrn_conv2d_shape *s, const hrn_tile *tile) {
  const int64_t row = (int64_t)tile->oy * s->stride_y - s->pad_top + (int64_t)tile->rows.first * s->dilation_y;
  const int64_t column = (int64_t)tile->ox * s->stride_x - s->pad_left;
  return tile->input + row * s->in_row_stride + column * s->in_pixel_stride;
}

/// Bytes of the next chunk's weights that one tile asks for: a few at a time, so as not to hold up the loads of this one.
static int64_t asked_for(const hrn_conv2d_shape *s, const hrn_tile *tile) {
  const int64_t taps = (int64_t)tile->blocks * hrn_max_i32(0, tile->rows.end - tile->rows.first) * s->kernel_width;
  return 64 * (tile->ahead_first + tile->ahead_lines * taps);
}

/// Cuts columns [tile.ox, end) into near-equal tiles of at most `pixels` positions; the tile after them. Tiles inside are
/// computed as many at once as are equal.
static hrn_tile walk_columns(const walk *w, const hrn_tile_function *functions, hrn_tile tile, int32_t pixels,
                             int32_t lanes, int32_t end) {
  const int32_t width = end - tile.ox, count = ceil_div(width, pixels);
  if (count == 0) return tile;
  const int32_t least = width / count, larger = width % count;
  const int64_t pixel_step = w->shape->stride_x * w->shape->in_pixel_stride;
  for (int32_t i = 0; i < count; i += tile.count) {
    tile.pixels = least + (i < larger);
    tile.is_interior = w->interior.first <= tile.ox && tile.ox + tile.pixels <= w->interior.end;
    tile.count = !tile.is_interior ? 1 : i < larger ? larger - i : count - i;
    while (tile.ox + tile.count * tile.pixels > w->interior.end && tile.count > 1) tile.count--;
    tile.window_step = tile.pixels * pixel_step;
    tile.output_step = (int64_t)tile.pixels * w->shape->out_block;
    tile.partial_step = (int64_t)tile.pixels * lanes * 4;
    functions[tile.pixels - 1](w->args, &tile);
  }
  return tile;
}

/// One chunk of one function's lanes over a box; what to ask for next.
static const uint8_t *walk_box(const walk *w, const hrn_tile_function *functions, hrn_tile tile, int32_t pixels,
                               int32_t lanes, box b) {
  const hrn_conv2d_shape *s = w->shape;
  for (tile.oy = b.rows.first; tile.oy < b.rows.end; tile.oy++) {
    tile.rows = hrn_taps_inside(tile.oy * s->stride_y - s->pad_top, s->kernel_height, s->dilation_y, s->in_height);
    tile.ox = b.columns.first;
    tile.ahead_step = asked_for(s, &tile);
    tile.window = window_offset(s, &tile);
    tile.output = hrn_output_offset(s, tile.oy, tile.ox, tile.channel);
    if (w->has_lone_edges) {
      tile = walk_columns(w, functions, tile, 1, lanes, w->interior.first);
      tile = walk_columns(w, functions, tile, pixels, lanes, w->interior.end);
      tile = walk_columns(w, functions, tile, 1, lanes, b.columns.end);
    } else {
      tile = walk_columns(w, functions, tile, pixels, lanes, b.columns.end);
    }
  }
  return tile.ahead;
}

/// Copies weights of 16 lanes, lest those of others lie between them.
static void copy_panel(void *panel, const uint8_t *weights, int32_t rows, int32_t tap_rows, int64_t step) {
  (void)tap_rows;
  for (int32_t row = 0; row < rows; row++)
    memcpy((uint8_t *)panel + row * PANEL_LINE, weights + row * step, PANEL_LINE);
}

/// Whether tiles of 16 lanes may read `rows` rows of weights from a panel.
static int has_panel(const walk *w, int32_t group_lanes, int32_t rows, int32_t tiles) {
  if (!w->panel || rows > PANEL_ROWS || tiles < w->panels.least_tiles) return 0;
  const int32_t row_bytes = w->tiling->k_step * w->tiling->element_bytes * 16;
  return w->panels.fill != copy_panel || (row_bytes == PANEL_LINE && group_lanes > 16);
}

/// The chunk that `tile` begins with over a box, in the widest tiles its lanes allow. weights are the whole group's.
static void walk_chunk(walk *w, hrn_tile tile, const uint8_t *weights, int32_t group_lanes, box b) {
  const hrn_tiling *tiling = w->tiling;
  const int32_t height = b.rows.end - b.rows.first, width = b.columns.end - b.columns.first;
  const int32_t packed_tiles = height * ceil_div(width, tiling->pixels), rows = tile.blocks * w->block_rows;
  const int32_t lane_bytes = tiling->k_step * tiling->element_bytes, c0 = tile.channel;
  const int64_t row_bytes = (int64_t)group_lanes * lane_bytes;
  const int32_t taps = tile.blocks * w->shape->kernel_height * w->shape->kernel_width;
  tile.ahead = weights + rows * row_bytes;
  for (int32_t lane = 0, lanes; lane < group_lanes; lane += lanes) {
    lanes = group_lanes - lane >= tiling->lanes ? tiling->lanes : 16;
    const int is_copied = lanes == 16 && has_panel(w, group_lanes, rows, packed_tiles);
    const int32_t pixels = is_copied ? w->panels.pixels : tiling->pixels, tiles = height * ceil_div(width, pixels);
    tile.ahead_first = (int32_t)(rows * row_bytes / 64 / ceil_div(group_lanes, lanes) / tiles);
    tile.ahead_lines = 0;
    if (tiling->lanes > 16 && tile.ahead_first >= taps && tile.ahead_first > ASKED_AT_ONCE) {
      tile.ahead_lines = ceil_div(tile.ahead_first, taps);
      tile.ahead_first = 0;
    }
    tile.channel = c0 + lane;
    tile.output_lane = tile.channel % w->shape->out_block;
    tile.weights = weights + lane * lane_bytes;
    tile.weight_lanes = group_lanes;
    if (w->chunk < w->shape->in_blocks) tile.partial = w->partial + (int64_t)lane * height * width * 4;
    const hrn_tile_function *functions = lanes == 16 ? tiling->narrow_functions : tiling->functions;
    if (is_copied) {
      w->panels.fill(w->panel, tile.weights, rows, w->shape->in_block / tiling->k_step, row_bytes);
      functions = w->panels.functions;
      tile.weights = w->panel;
      tile.weight_lanes = 16;
    }
    tile.ahead = walk_box(w, functions, tile, pixels, lanes, b);
  }
}

/// A tap in a row of several holds an even number of k steps: some tiers add them two by two.
static int taps_are_near(const hrn_conv2d_shape *s) {
  return s->kernel_width == 1 || (s->dilation_x == 1 && s->in_block == s->in_pixel_stride && s->in_block % 8 == 0);
}

/// One group over a box, chunk after chunk of its input blocks.
static void walk_group(walk *w, int32_t group, box b) {
  const hrn_conv2d_shape *s = w->shape;
  const int32_t c0 = group * HRN_GROUP_LANES, group_lanes = hrn_group_lanes(s->out_channels, group);
  const int64_t lane_bytes = w->tiling->k_step * w->tiling->element_bytes;
  const uint8_t *weights = w->weights + (int64_t)c0 * s->in_blocks * w->block_rows * lane_bytes;
  for (int32_t block = 0, blocks; block < s->in_blocks; block += blocks) {
    blocks = hrn_min_i32(w->chunk, s->in_blocks - block);
    const hrn_tile tile = {
        .channel = c0,
        .blocks = blocks,
        .taps_are_near = taps_are_near(s),
        .input = (hrn_first_block(s, group) + block) * s->in_block_stride,
        .is_first = block == 0,
        .is_last = block + blocks == s->in_blocks,
    };
    walk_chunk(w, tile, weights, group_lanes, b);
    weights += blocks * (int64_t)w->block_rows * group_lanes * lane_bytes;
  }
}

/// Every group over one band after another; a flat map is one row, of which a band is as much as of the others.
static void walk_bands(walk *w, int32_t group0, int32_t group1, hrn_range rows, int is_flat) {
  const hrn_conv2d_shape *s = w->shape;
  for (hrn_range band = {.first = rows.first}; band.first < rows.end; band.first = band.end) {
    band.end = s->band < rows.end - band.first ? band.first + s->band : rows.end;
    const box b = is_flat ? (box){{0, 1}, {band.first * s->out_width, band.end * s->out_width}}
                          : (box){band, {0, s->out_width}};
    for (int32_t group = group0; group < group1; group++) walk_group(w, group, b);
  }
}

/// Whether rows of output positions follow one another in memory, and so do the rows they read.
static int is_one_row(const hrn_conv2d_shape *s) {
  return s->kernel_height == 1 && s->kernel_width == 1 && s->stride_y == 1 && s->stride_x == 1 && s->pad_top == 0
         && s->pad_left == 0 && s->in_width == s->out_width && s->in_height >= s->out_height
         && s->in_row_stride == s->in_width * s->in_pixel_stride
         && s->out_row_stride == (int64_t)s->out_width * s->out_block;
}

static void walk_all(const hrn_conv2d_shape *s, const hrn_tiling *tiling, const hrn_panels *panels, uint8_t *panel,
                     const void *args, const void *weights, int is_uniform, int32_t group0, int32_t group1,
                     int32_t row0, int32_t row1) {
  _Alignas(64) uint8_t partial[HRN_CHUNK_POSITIONS * HRN_GROUP_LANES * 4];
  const hrn_panels copies = {.fill = copy_panel, .pixels = tiling->pixels, .least_tiles = HRN_PANEL_TILES,
                             .functions = tiling->narrow_functions};
  const int is_flat = is_uniform && is_one_row(s);
  walk w = {
      .shape = s, .tiling = tiling, .panels = panels ? *panels : copies, .args = args, .weights = weights,
      .interior = is_flat ? (hrn_range){0, s->out_height * s->out_width} : interior(s),
      .block_rows = s->kernel_height * s->kernel_width * s->in_block / tiling->k_step,
      .has_lone_edges = tiling->has_lone_edges && !is_flat,
      .chunk = s->chunk,
      .panel = panel, .partial = partial,
  };
  walk_bands(&w, group0, group1, (hrn_range){row0, row1}, is_flat);
}

void hrn_conv2d_walk(const hrn_conv2d_shape *s, const hrn_tiling *tiling, const void *args, const void *weights,
                     int is_uniform, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  _Alignas(64) uint8_t panel[PANEL_ROWS * PANEL_LINE];
  walk_all(s, tiling, NULL, panel, args, weights, is_uniform, group0, group1, row0, row1);
}

void hrn_conv2d_walk_panels(const hrn_conv2d_shape *s, const hrn_tiling *tiling, const hrn_panels *panels,
                            const void *args, const void *weights, int is_uniform, int32_t group0, int32_t group1,
                            int32_t row0, int32_t row1) {
  _Alignas(64) uint8_t panel[PANEL_ROWS * HRN_PANEL_ROW];
  walk_all(s, tiling, panels, panel, args, weights, is_uniform, group0, group1, row0, row1);
}

void hrn_depthwise2d_walk(const hrn_conv2d_shape *s, const hrn_tiling *tiling, const void *args, const void *weights,
                          int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  walk w = {
      .shape = s, .tiling = tiling, .args = args, .weights = weights, .interior = interior(s),
      .has_lone_edges = tiling->has_lone_edges, .block_rows = s->kernel_height * s->kernel_width, .chunk = 1,
  };
  walk_bands(&w, group0, group1, (hrn_range){row0, row1}, 0);
}
