// How Winograd covers the output of a 3 x 3 convolution of stride 1, for both precisions.
//
// F(m,3) gives m neighbouring outputs of a filter of 3 taps by m + 2 products. Filter and input are polynomials, which
// are multiplied value by value at as many points, the last at infinity: with g the taps and d the m + 2 inputs,
//
//   y = A ((G g) . (B d))        and in two dimensions    Y = A ((G g G') . (B d B')) A'
//
// where . multiplies elementwise. An element of that product is a position: a pair of points, one of the rows and one
// of the columns. Sums over input channels happen at the positions, so each position is a product of two matrices,
// [tiles][channels] and [channels][outputs].
//
// F(4,3) takes the points 0, 1, -1, infinity, 2, -2 and F(2,3) the first four of them. With one G for both a map may
// mix them: tiles are 4 x 4 outputs, but where 1 or 2 rows or columns are left at the end they are 2 high or wide, and
// have nothing at the positions of 2 and -2. Where 3 are left the last tile is F(4,3)'s without its last output: int8
// calls it 3 high or wide, and skips what that output alone needs, the positions of infinity.
//
//   width 14:  4 4 4 2    15:  4 4 4 3, or 4 4 4 4    16:  4 4 4 4    17:  4 4 4 4 2
//
// Tiles are numbered so that those of each position are neighbours: those of the tail at the right first, then the whole
// ones, then those of the tail at the bottom, then the corner that is both.
#pragma once
#include "../common/conv2d_geometry.h"

/// Points along an axis, of F(4,3) and of F(2,3); the one at infinity; positions.
enum {
  HRN_POINTS = 6,
  HRN_SHARED_POINTS = 4,
  HRN_INFINITY = 3,
  HRN_POSITIONS = HRN_POINTS * HRN_POINTS,
};

/// The longest tail of each precision.
enum { HRN_TAIL_FLOAT = 2, HRN_TAIL_INT8 = 3 };

/// The tiles that cover the outputs along an axis: some of 4, and where `tail` is not 0 one of 2 or 3 at the end.
typedef struct {
  int32_t fours, tail;
} hrn_winograd_axis;

/// The cover of some rows of a map.
typedef struct {
  int32_t row0;                 // the first output row
  hrn_winograd_axis y, x;
  int32_t tiles;
} hrn_winograd_cover;

/// The outputs of one tile, of which those from out_height and out_width on are none.
typedef struct {
  int32_t oy, ox;
  int32_t height, width;        // 4, or that of a tail
} hrn_winograd_tile;

static inline hrn_winograd_axis hrn_winograd_axis_of(int32_t extent, int32_t longest_tail) {
  const int32_t rest = extent % 4, tail = rest == 1 ? 2 : rest;
  if (tail > longest_tail) return (hrn_winograd_axis){.fours = extent / 4 + 1, .tail = 0};
  return (hrn_winograd_axis){.fours = extent / 4, .tail = tail};
}

static inline int32_t hrn_winograd_length(hrn_winograd_axis a) { return a.fours + (a.tail != 0); }

/// Covers output rows [row0, row1): row0 is a multiple of 4, and so is row1 unless it is out_height.
static inline hrn_winograd_cover hrn_winograd_cover_of(const hrn_conv2d_shape *s, int32_t row0, int32_t row1,
                                                       int32_t longest_tail) {
  hrn_winograd_cover c = {.row0 = row0,
                          .y = hrn_winograd_axis_of(row1 - row0, longest_tail),
                          .x = hrn_winograd_axis_of(s->out_width, longest_tail)};
  c.tiles = hrn_winograd_length(c.y) * hrn_winograd_length(c.x);
  return c;
}

/// Whether the tile at the end of an axis has the positions of a point.
static inline int hrn_winograd_tail_has(hrn_winograd_axis a, int32_t point) {
  return a.tail == 2 ? point < HRN_SHARED_POINTS : a.tail == 3 && point != HRN_INFINITY;
}

/// The tiles that have the position of points (i, j).
static inline hrn_range hrn_winograd_tiles_at(const hrn_winograd_cover *c, int32_t i, int32_t j) {
  const int32_t right = c->x.tail ? c->y.fours : 0, whole = c->y.fours * c->x.fours;
  const int32_t bottom = c->y.tail ? c->x.fours : 0;
  const int has_right = hrn_winograd_tail_has(c->x, j), has_bottom = hrn_winograd_tail_has(c->y, i);
  return (hrn_range){.first = has_right ? 0 : right,
                     .end = !has_bottom ? right + whole : has_right ? c->tiles : right + whole + bottom};
}

/// Tile `index`, from 0 to c->tiles.
static inline hrn_winograd_tile hrn_winograd_tile_at(const hrn_winograd_cover *c, int32_t index) {
  const int32_t right = c->x.tail ? c->y.fours : 0, whole = c->y.fours * c->x.fours;
  const int32_t bottom = c->y.tail ? c->x.fours : 0;
  const int32_t last_row = c->row0 + 4 * c->y.fours, last_column = 4 * c->x.fours;
  if (index < right) return (hrn_winograd_tile){c->row0 + 4 * index, last_column, 4, c->x.tail};
  index -= right;
  if (index < whole)
    return (hrn_winograd_tile){c->row0 + 4 * (index / c->x.fours), 4 * (index % c->x.fours), 4, 4};
  index -= whole;
  if (index < bottom) return (hrn_winograd_tile){last_row, 4 * index, c->y.tail, 4};
  return (hrn_winograd_tile){last_row, last_column, c->y.tail, c->x.tail};
}

/// The points of a tile along an axis on which it has `extent` outputs, of which one of 3 uses all but infinity.
static inline int32_t hrn_winograd_points(int32_t extent) { return extent == 2 ? HRN_SHARED_POINTS : HRN_POINTS; }
