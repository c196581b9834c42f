// The input of the int8 Winograd, V = B d B', a vector of channels at a time. A byte's V is at most 68 * 255 in 16 bits:
//
//   F(4,3)  point 0     4 d0        - 5 d2        + d4             F(2,3)   d0      - d2
//           1                4 d1   + 4 d2 -   d3 - d4                           d1 + d2
//           -1             - 4 d1   + 4 d2 +   d3 - d4                         - d1 + d2
//           infinity         4 d1          - 5 d3      + d5                    - d1      + d3
//           2              - 2 d1   -   d2 + 2 d3 + d4
//           -2               2 d1   -   d2 - 2 d3 + d4
//
// A tier's file defines, before it includes this:
//
//   words, LANES                      a vector of 16-bit words, and how many
//   widen                             LANES bytes as words
//   store_words                       a vector to memory
//   HAS_FEW_TILES                     as for winograd_i8_body.h

/// The values at the points of `count` inputs.
HRN_INLINE void input_points(words v[HRN_POINTS], const words d[HRN_POINTS], int count) {
  if (count == HRN_SHARED_POINTS) {
    v[0] = d[0] - d[2];
    v[1] = d[1] + d[2];
    v[2] = d[2] - d[1];
    v[3] = d[3] - d[1];
    return;
  }
  const words even = d[4] - d[2], odd = (d[3] - d[1]) * 2, near = d[2] * 4 - d[4], far = d[1] * 4 - d[3];
  v[0] = (d[0] - d[2]) * 4 + even;
  v[1] = near + far;
  v[2] = near - far;
  v[3] = d[5] - d[3] - odd * 2;
  v[4] = even + odd;
  v[5] = even - odd;
}

/// Where one tile's inputs lie, and those of them that there are.
typedef struct {
  const uint8_t *map;           // the first input channel
  int64_t row_step, pixel_step;
  int32_t iy, ix;
  hrn_range rows, columns;
} source;

HRN_INLINE words load(const source *from, int row, int column, int is_inside) {
  if (!is_inside && (row < from->rows.first || row >= from->rows.end || column < from->columns.first
                     || column >= from->columns.end))
    return (words){0};
  const uint8_t *x = from->map + (from->iy + row) * from->row_step + (from->ix + column) * from->pixel_step;
  return widen(x);
}

/// One tile's LANES channels, to positions `step` apart.
HRN_INLINE void transform(const source *from, int height, int width, int is_inside, int16_t *v, int64_t step) {
  words columns[HRN_POINTS][HRN_POINTS];
  HRN_UNROLL
  for (int x = 0; x < width; x++) {
    words d[HRN_POINTS], at[HRN_POINTS];
    HRN_UNROLL
    for (int y = 0; y < height; y++) d[y] = load(from, y, x, is_inside);
    input_points(at, d, height);
    HRN_UNROLL
    for (int i = 0; i < height; i++) columns[i][x] = at[i];
  }
  HRN_UNROLL
  for (int i = 0; i < height; i++) {
    words at[HRN_POINTS];
    input_points(at, columns[i], width);
    HRN_UNROLL
    for (int j = 0; j < width; j++)
      store_words(v + (i * HRN_POINTS + j) * step, at[j]);
  }
}

#define TRANSFORM(name, height, width, is_inside)                                  \
  static void name(const source *from, int16_t *v, int64_t step) {                 \
    transform(from, height, width, is_inside, v, step);                            \
  }
TRANSFORM(transform_whole, HRN_POINTS, HRN_POINTS, 1)
TRANSFORM(transform_edge, HRN_POINTS, HRN_POINTS, 0)
TRANSFORM(transform_right, HRN_POINTS, HRN_SHARED_POINTS, 0)
TRANSFORM(transform_bottom, HRN_SHARED_POINTS, HRN_POINTS, 0)
TRANSFORM(transform_corner, HRN_SHARED_POINTS, HRN_SHARED_POINTS, 0)

static int is_all(hrn_range r, int32_t count) { return r.first == 0 && r.end == count; }

typedef void (*tile_transform)(const source *from, int16_t *v, int64_t step);

/// What transforms a tile, which *from is set to.
static tile_transform transform_of(const hrn_conv2d_shape *s, hrn_winograd_tile tile, source *from) {
  const int32_t height = hrn_winograd_points(tile.height), width = hrn_winograd_points(tile.width);
  from->iy = tile.oy - s->pad_top;
  from->ix = tile.ox - s->pad_left;
  from->rows = hrn_taps_inside(from->iy, height, 1, s->in_height);
  from->columns = hrn_taps_inside(from->ix, width, 1, s->in_width);
  if (is_all(from->rows, HRN_POINTS) && is_all(from->columns, HRN_POINTS)) return transform_whole;
  if (height == HRN_SHARED_POINTS) return width == HRN_SHARED_POINTS ? transform_corner : transform_bottom;
  return width == HRN_SHARED_POINTS ? transform_right : transform_edge;
}

/// One tile's channels of one input block.
static void transform_block(const hrn_conv2d_shape *s, int32_t block, source from, hrn_winograd_tile tile, int16_t *v,
                            int64_t step) {
  const tile_transform of_tile = transform_of(s, tile, &from);
  for (int32_t k = 0; k < s->in_block; k += LANES, from.map += LANES) {
    const int32_t c = block * s->in_block + k;
    of_tile(&from, v + c / WINOGRAD_CHUNK * HRN_POSITIONS * step + c % WINOGRAD_CHUNK, step);
  }
}

#if defined(HAS_FEW_TILES)
/// The same where tiles are few.
static void transform_few(const hrn_conv2d_shape *s, int32_t block, source from, hrn_winograd_tile tile, int16_t *v) {
  const tile_transform of_tile = transform_of(s, tile, &from);
  v += (int64_t)block * s->in_block * HRN_POSITIONS * WINOGRAD_FEW;
  for (int32_t k = 0; k < s->in_block; k += LANES, from.map += LANES) {
    int16_t values[HRN_POSITIONS][LANES] = {{0}};
    of_tile(&from, values[0], LANES);
    for (int32_t c = 0; c < LANES; c += WINOGRAD_STEP)
      for (int p = 0; p < HRN_POSITIONS; p++, v += WINOGRAD_FEW * WINOGRAD_STEP)
        memcpy(v, values[p] + c, WINOGRAD_STEP * sizeof *v);
  }
}
#endif

/// The whole call, where input blocks hold a multiple of LANES channels.
HRN_INLINE void transform_input(const hrn_conv2d_i8 *a, int32_t block0, int32_t block1, int32_t row0, int32_t row1,
                                int16_t *v) {
  const hrn_conv2d_shape *s = &a->shape;
  const hrn_winograd_cover cover = hrn_winograd_cover_of(s, row0, row1, HRN_TAIL_INT8);
  const int64_t step = winograd_position_step(&cover);
  for (int32_t block = block0; block < block1; block++) {
    const source from = {.map = a->input + block * s->in_block_stride, .row_step = s->in_row_stride,
                         .pixel_step = s->in_pixel_stride};
    for (int32_t t = 0; t < cover.tiles; t++) {
      const hrn_winograd_tile tile = hrn_winograd_tile_at(&cover, t);
#if defined(HAS_FEW_TILES)
      if (winograd_has_few(&cover)) {
        transform_few(s, block, from, tile, v + t * WINOGRAD_STEP);
        continue;
      }
#endif
      transform_block(s, block, from, tile, v + (int64_t)t * WINOGRAD_CHUNK, step);
    }
  }
}
