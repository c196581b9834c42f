// How Winograd's F(2,3) covers output rows of a 3 x 3 convolution of stride 1 where no other form is mixed in: by tiles of
// 2 x 2 outputs, each of 4 x 4 positions.
//
// Of a tile whose second row or column is outside the map, the last point of that axis is in no sum: such a tile has
// nothing at those positions. Tiles are numbered so that those of each position are neighbours: half ones at the right
// first, then whole ones, then half ones at the bottom, then the corner that is both.
#pragma once
#include "conv2d_geometry.h"

enum { HRN_F23_POINTS = 4, HRN_F23_POSITIONS = HRN_F23_POINTS * HRN_F23_POINTS };

/// The tiles of some rows of a map: whole ones along each axis, and whether a half one is left.
typedef struct {
  int32_t row0;  // the first output row
  int32_t rows, columns, half_rows, half_columns;
  int32_t tiles;
} hrn_f23_cover;

/// One tile's first output, and its outputs inside the map along each axis.
typedef struct {
  int32_t oy, ox, height, width;
} hrn_f23_tile;

/// Covers output rows [row0, row1): row0 is even, and so is row1 unless it is out_height.
static inline hrn_f23_cover hrn_f23_cover_of(const hrn_conv2d_shape *s, int32_t row0, int32_t row1) {
  const int32_t height = row1 - row0;
  hrn_f23_cover c = {row0, height / 2, s->out_width / 2, height % 2, s->out_width % 2, 0};
  c.tiles = (c.rows + c.half_rows) * (c.columns + c.half_columns);
  return c;
}

/// The tiles that have position p.
static inline hrn_range hrn_f23_tiles_at(const hrn_f23_cover *c, int32_t p) {
  const int32_t right = c->rows * c->half_columns, corner = c->half_rows * c->half_columns;
  const int is_last_row = p / HRN_F23_POINTS == 3, is_last_column = p % HRN_F23_POINTS == 3;
  const int32_t first = is_last_column ? right : 0;
  if (is_last_row) return (hrn_range){first, right + c->rows * c->columns};
  return (hrn_range){first, c->tiles - (is_last_column ? corner : 0)};
}

static inline hrn_f23_tile hrn_f23_tile_at(const hrn_f23_cover *c, int32_t index) {
  const int32_t right = c->rows * c->half_columns, whole = c->rows * c->columns;
  const int32_t last_row = c->row0 + 2 * c->rows, last_column = 2 * c->columns;
  if (index < right) return (hrn_f23_tile){c->row0 + 2 * index, last_column, 2, 1};
  index -= right;
  if (index < whole) return (hrn_f23_tile){c->row0 + 2 * (index / c->columns), 2 * (index % c->columns), 2, 2};
  index -= whole;
  if (index < c->half_rows * c->columns) return (hrn_f23_tile){last_row, 2 * index, 1, 2};
  return (hrn_f23_tile){last_row, last_column, 1, 1};
}
