// How hrn_winograd8 covers a map, and where V8 and M lie in memory.
//
//   v   [position][k / 64][tile][64], the last 64 as far as there are channels
//   m   [slice][position][tile][16], of one or two slices of 16 lanes at a time
//
// Of a tile whose second row or column is outside the map, the last point of that axis is in no sum: such a tile has
// nothing at those positions. Tiles are numbered so that those of each position are neighbours: half ones at the right
// first, then whole ones, then half ones at the bottom, then the corner that is both.
#pragma once
#include "../common/conv2d_geometry.h"

enum { WINOGRAD8_POINTS = 4, WINOGRAD8_POSITIONS = WINOGRAD8_POINTS * WINOGRAD8_POINTS };
/// Channels that are transformed at a time, and output lanes of a slice; slices at once, at most; channels of a block of v.
enum { WINOGRAD8_LANES = 16, WINOGRAD8_SLICES = 2, WINOGRAD8_BLOCK = 64 };

/// The tiles of a map: whole ones along each axis, and whether a half one is left.
typedef struct {
  int32_t rows, columns, half_rows, half_columns;
  int32_t tiles;
} winograd8_cover;

/// One tile's first output, and its outputs inside the map along each axis.
typedef struct {
  int32_t oy, ox, height, width;
} winograd8_tile;

static inline winograd8_cover winograd8_cover_of(const hrn_conv2d_shape *s) {
  winograd8_cover c = {s->out_height / 2, s->out_width / 2, s->out_height % 2, s->out_width % 2, 0};
  c.tiles = (c.rows + c.half_rows) * (c.columns + c.half_columns);
  return c;
}

/// The tiles that have position p.
static inline hrn_range winograd8_tiles_at(const winograd8_cover *c, int32_t p) {
  const int32_t right = c->rows * c->half_columns, corner = c->half_rows * c->half_columns;
  const int is_last_row = p / WINOGRAD8_POINTS == 3, is_last_column = p % WINOGRAD8_POINTS == 3;
  const int32_t first = is_last_column ? right : 0;
  if (is_last_row) return (hrn_range){first, right + c->rows * c->columns};
  return (hrn_range){first, c->tiles - (is_last_column ? corner : 0)};
}

static inline winograd8_tile winograd8_tile_at(const winograd8_cover *c, int32_t index) {
  const int32_t right = c->rows * c->half_columns, whole = c->rows * c->columns;
  if (index < right) return (winograd8_tile){2 * index, 2 * c->columns, 2, 1};
  index -= right;
  if (index < whole) return (winograd8_tile){2 * (index / c->columns), 2 * (index % c->columns), 2, 2};
  index -= whole;
  if (index < c->half_rows * c->columns) return (winograd8_tile){2 * c->rows, 2 * index, 1, 2};
  return (winograd8_tile){2 * c->rows, 2 * c->columns, 1, 1};
}

/// Input channels of packed weights, a multiple of 16.
static inline int32_t winograd8_depth(const hrn_conv2d_shape *s) { return s->map_blocks * s->in_block; }

/// Bytes between blocks of v, and between its positions: a line more, lest all of them meet in one set of a cache.
static inline int64_t winograd8_block_step(const winograd8_cover *c) { return (int64_t)c->tiles * WINOGRAD8_BLOCK; }
static inline int64_t winograd8_v_step(const hrn_conv2d_shape *s, const winograd8_cover *c) {
  const int64_t blocks = ((int64_t)winograd8_depth(s) + WINOGRAD8_BLOCK - 1) / WINOGRAD8_BLOCK;
  return blocks * winograd8_block_step(c) + WINOGRAD8_BLOCK;
}

/// Elements of m between positions.
static inline int64_t winograd8_m_step(const winograd8_cover *c) {
  return (int64_t)(c->tiles + 1) * WINOGRAD8_LANES;
}

/// U of position p of the 16 lanes from `channel` on.
static inline const int8_t *winograd8_weights(const hrn_winograd8 *a, int32_t channel, int32_t p) {
  return a->weights + ((int64_t)channel * WINOGRAD8_POSITIONS + p * WINOGRAD8_LANES) * winograd8_depth(&a->shape);
}

/// Adds all tiles' outputs of the 16 lanes from `channel` on to their pool sums, which are set before.
void hrn_winograd8_pool_scalar(const hrn_winograd8 *a, const winograd8_cover *cover, int32_t channel, const int32_t *m);
void hrn_winograd8_pool_avx2(const hrn_winograd8 *a, const winograd8_cover *cover, int32_t channel, const int32_t *m);
void hrn_winograd8_pool_avx512vnni(const hrn_winograd8 *a, const winograd8_cover *cover, int32_t channel,
                                   const int32_t *m);
