// The Winograd of float32 and bfloat16 maps over the vectors of one tier: the same floats, once they are read. A file per
// tier includes its products and defines
//
//   splat, add, subtract, multiply, multiply_add      one IEEE operation per lane
//   clamp_to                                          the clamp between two bounds
//   load_map, store_map                               a vector of a bfloat16 map
//   odd_of, even_of, load_pairs                       of bfloat16 weights, a pair of k for each lane: one of them
//   PIXELS, UNROLL                                    tiles whose sums are in registers at once, a macro; k steps per
//                                                     iteration
//   HAS_ADD_TAP                                       instead of UNROLL, where products come with an add_tap of their own
//   CHUNK, FEW_CHUNK                                  input channels whose weights are transformed at once; where tiles
//                                                     are few, and weights are read as soon as they are written
//   SUM_LINES                                         tiles whose sums of 16 lanes are kept at once
//   HAS_NARROW_TILES                                  defined as 1 where VECTORS vectors are more than 16 lanes
//   PART                                              how steps of the transforms are compiled: HRN_INLINE, or apart
//   HRN_NAME(family)                                  the names of the kernels
//
// The points are 0, a, -a, infinity, b, -b with a = 3/4 and b = 3/2. They keep what is large in a product of one
// position within a small factor of what is large in the outputs, which is what rounding errors grow with, and make the
// constants of both transforms of the operands exact. The divisors of interpolation are all in the output's.
#include "../common/instances.h"

enum { TILE_LANES = VECTORS * VECTOR_LANES, LINE_VECTORS = 16 / VECTOR_LANES };

/// Transformed weights, [block of 16 channels][position of two rows][channel][lane]: how far apart positions are, and
/// blocks. Known when compiled, for a lane's twelve positions are twelve stores of one address and a constant.
#define U_POSITION(lanes) (HRN_V_LANES * (lanes))
#define U_BLOCK(lanes) (2 * HRN_POINTS * U_POSITION(lanes))

_Static_assert(FEW_CHUNK <= CHUNK && CHUNK / HRN_V_LANES * U_BLOCK(TILE_LANES) <= HRN_U_FLOATS, "a chunk has its place");

/// a, b, their squares, and the product and sum of the squares.
#define A_1 0.75f
#define B_1 1.5f
#define A_2 0.5625f
#define B_2 2.25f
#define A_2_B_2 1.265625f
#define A_2_PLUS_B_2 2.8125f

/// v = B d for a tile that has `extent` outputs along the axis.
PART void input_points(vector v[HRN_POINTS], const vector d[HRN_POINTS], int extent) {
  if (extent == 2) {
    v[0] = multiply_add(splat(-A_2), d[0], d[2]);
    v[1] = multiply_add(splat(A_1), d[1], d[2]);
    v[2] = multiply_add(splat(-A_1), d[1], d[2]);
    v[3] = multiply_add(splat(-A_2), d[1], d[3]);
    return;
  }
  const vector a_even = multiply_add(splat(-B_2), d[2], d[4]), a_odd = multiply_add(splat(-B_2), d[1], d[3]);
  const vector b_even = multiply_add(splat(-A_2), d[2], d[4]), b_odd = multiply_add(splat(-A_2), d[1], d[3]);
  v[0] = multiply_add(splat(A_2_B_2), d[0], multiply_add(splat(-A_2_PLUS_B_2), d[2], d[4]));
  v[1] = multiply_add(splat(A_1), a_odd, a_even);
  v[2] = multiply_add(splat(-A_1), a_odd, a_even);
  v[3] = multiply_add(splat(A_2_B_2), d[1], multiply_add(splat(-A_2_PLUS_B_2), d[3], d[5]));
  v[4] = multiply_add(splat(B_1), b_odd, b_even);
  v[5] = multiply_add(splat(-B_1), b_odd, b_even);
}

/// y = A m, and 0 past `extent`.
PART void output_values(vector y[4], const vector m[HRN_POINTS], int extent) {
  const vector a_even = add(m[1], m[2]), a_odd = subtract(m[1], m[2]);
  if (extent == 2) {
    y[0] = multiply_add(splat(-16.0f / 9), m[0], multiply(splat(8.0f / 9), a_even));
    y[1] = multiply_add(splat(2.0f / 3), a_odd, m[3]);
    y[2] = y[3] = splat(0);
    return;
  }
  const vector b_even = add(m[4], m[5]), b_odd = subtract(m[4], m[5]);
  y[0] = multiply_add(splat(64.0f / 81), m[0], multiply(splat(32.0f / 243), multiply_add(splat(-4), a_even, b_even)));
  y[1] = multiply(splat(16.0f / 81), multiply_add(splat(-2), a_odd, b_odd));
  y[2] = multiply(splat(8.0f / 27), subtract(b_even, a_even));
  y[3] = multiply_add(splat(4.0f / 9), multiply_add(splat(-0.5f), a_odd, b_odd), m[3]);
}

// Input

/// Transforms 16 channels of one tile, whose first input is at x; v is the tile's place at position 0.
PART void transform_tile(int height, int width, const float *x, int64_t row_stride, int64_t pixel_stride, float *v,
                               int64_t position_stride) {
  for (int lane = 0; lane < HRN_V_LANES; lane += VECTOR_LANES) {
    vector columns[HRN_POINTS][HRN_POINTS];  // [point of y][x]
    for (int c = 0; c < width + 2; c++) {
      vector d[HRN_POINTS], points[HRN_POINTS];
      HRN_UNROLL
      for (int r = 0; r < height + 2; r++) d[r] = load_sums(x + r * row_stride + c * pixel_stride + lane);
      input_points(points, d, height);
      HRN_UNROLL
      for (int i = 0; i < height + 2; i++) columns[i][c] = points[i];
    }
    for (int i = 0; i < height + 2; i++) {
      vector points[HRN_POINTS];
      input_points(points, columns[i], width);
      HRN_UNROLL
      for (int j = 0; j < width + 2; j++)
        store_sums(v + (i * HRN_POINTS + j) * position_stride + lane, points[j]);
    }
  }
}

/// Brings the inputs of a tile together; `block` is where those of its channels begin.
static void fill_patch(hrn_winograd_patch *patch, const hrn_winograd_convolution *a, int64_t block,
                       hrn_winograd_tile tile) {
  const hrn_conv2d_shape *s = a->shape;
  const int32_t iy = tile.oy - s->pad_top, ix = tile.ox - s->pad_left;
  const hrn_range rows = hrn_taps_inside(iy, tile.height + 2, 1, s->in_height);
  const hrn_range columns = hrn_taps_inside(ix, tile.width + 2, 1, s->in_width);
  if (rows.end - rows.first < tile.height + 2 || columns.end - columns.first < tile.width + 2)
    memset(patch, 0, sizeof *patch);
  for (int32_t r = rows.first; r < rows.end; r++)
    for (int32_t c = columns.first; c < columns.end; c++) {
      const int64_t place = block + (int64_t)(iy + r) * s->in_row_stride + (int64_t)(ix + c) * s->in_pixel_stride;
      float *out = patch->at[r][c];
      for (int lane = 0; lane < HRN_V_LANES; lane += VECTOR_LANES)
        store_sums(out + lane, a->is_bf16 ? load_map((const uint16_t *)a->input + place + lane)
                                          : load_sums((const float *)a->input + place + lane));
    }
}

static void transform_input(const hrn_winograd_convolution *a, int32_t block0, int32_t block1, int32_t row0,
                            int32_t row1, float *v) {
  const hrn_conv2d_shape *s = a->shape;
  const hrn_winograd_cover cover = hrn_winograd_cover_of(s, row0, row1);
  const hrn_winograd_v map = hrn_winograd_v_of(s, &cover);
  for (int32_t block = block0; block < block1; block++)
    for (int32_t index = 0; index < cover.tiles; index++) {
      const hrn_winograd_tile tile = hrn_winograd_tile_at(&cover, index);
      const int32_t iy = tile.oy - s->pad_top, ix = tile.ox - s->pad_left;
      const int is_inside = iy >= 0 && iy + tile.height + 2 <= s->in_height && ix >= 0
                            && ix + tile.width + 2 <= s->in_width;
      float *place = v + block * map.block_stride + (int64_t)index * HRN_V_LANES;
      hrn_winograd_patch patch;
      const float *x = patch.at[0][0];
      int64_t row_stride = HRN_POINTS * HRN_V_LANES, pixel_stride = HRN_V_LANES;
      if (is_inside && !a->is_bf16) {
        row_stride = s->in_row_stride;
        pixel_stride = s->in_pixel_stride;
        x = (const float *)a->input + block * s->in_block_stride + iy * row_stride + ix * pixel_stride;
      } else {
        fill_patch(&patch, a, block * s->in_block_stride, tile);
      }
      if (tile.height == 4 && tile.width == 4)
        transform_tile(4, 4, x, row_stride, pixel_stride, place, map.position_stride);
      else if (tile.height == 4)
        transform_tile(4, 2, x, row_stride, pixel_stride, place, map.position_stride);
      else if (tile.width == 4)
        transform_tile(2, 4, x, row_stride, pixel_stride, place, map.position_stride);
      else
        transform_tile(2, 2, x, row_stride, pixel_stride, place, map.position_stride);
    }
}

void HRN_NAME(winograd_input_f32)(const hrn_conv2d_f32 *a, int32_t block0, int32_t block1, int32_t row0, int32_t row1,
                                  float *v) {
  const hrn_winograd_convolution c = hrn_winograd_of_f32(a);
  transform_input(&c, block0, block1, row0, row1, v);
}

void HRN_NAME(winograd_input_bf16)(const hrn_conv2d_bf16 *a, int32_t block0, int32_t block1, int32_t row0,
                                   int32_t row1, float *v) {
  const hrn_winograd_convolution c = hrn_winograd_of_bf16(a);
  transform_input(&c, block0, block1, row0, row1, v);
}

// Weights

/// Stores u = G g of one row of positions, the taps of the three columns being g.
PART void store_row(float *u, const vector g[3], int lanes) {
  const vector a_even = multiply_add(splat(A_2), g[2], g[0]), b_even = multiply_add(splat(B_2), g[2], g[0]);
  store_sums(u, g[0]);
  store_sums(u + U_POSITION(lanes), multiply_add(splat(A_1), g[1], a_even));
  store_sums(u + 2 * U_POSITION(lanes), multiply_add(splat(-A_1), g[1], a_even));
  store_sums(u + 3 * U_POSITION(lanes), g[2]);
  store_sums(u + 4 * U_POSITION(lanes), multiply_add(splat(B_1), g[1], b_even));
  store_sums(u + 5 * U_POSITION(lanes), multiply_add(splat(-B_1), g[1], b_even));
}

/// A vector of weights, of every pair of k the odd or the even one where they come in pairs.
HRN_INLINE vector load_weights(const void *w, int64_t place, int is_odd, int is_bf16) {
  if (!is_bf16) return load_sums((const float *)w + place);
  const uint16_t *pairs = (const uint16_t *)w + place;
  return is_odd ? odd_of(load_pairs(pairs)) : even_of(load_pairs(pairs));
}

/// Stores the two rows of positions of points p and -p, or of 0 and infinity where `is_rim`, for a vector of lanes. Taps
/// are `tap` elements apart: 4 KB of floats, so that nine lines meet in one set of a cache, and each is read but once.
PART void store_rows(float *u, const void *w, int64_t place, int64_t tap, float p, int lanes, int is_rim, int is_odd,
                     int is_bf16) {
  vector first[3], second[3];
  HRN_UNROLL
  for (int c = 0; c < 3; c++) {
    const vector g0 = load_weights(w, place + c * tap, is_odd, is_bf16);
    const vector g2 = load_weights(w, place + (c + 6) * tap, is_odd, is_bf16);
    if (is_rim) {
      first[c] = g0;
      second[c] = g2;
      continue;
    }
    const vector g1 = load_weights(w, place + (c + 3) * tap, is_odd, is_bf16);
    const vector even = multiply_add(splat(p * p), g2, g0);
    first[c] = multiply_add(splat(p), g1, even);
    second[c] = multiply_add(splat(-p), g1, even);
  }
  store_row(u, first, lanes);
  store_row(u + HRN_POINTS * U_POSITION(lanes), second, lanes);
}

/// Transforms 16 input channels of a slice of lanes for the positions of one pair of rows. At `place` of w is the slice at
/// the first tap of the first channel, `step` elements from one channel to the next, two of pairs, and `tap` from one tap
/// to the next.
PART void transform_weights(const void *w, int64_t place, int64_t step, int64_t tap, float p, int vectors, float *u,
                            int is_rim, int is_bf16) {
  const int lanes = vectors * VECTOR_LANES, pair = is_bf16 ? 2 : 1;
  for (int32_t k = 0; k < HRN_V_LANES; k += pair, u += pair * lanes, place += pair * step)
    HRN_UNROLL
    for (int lane = 0; lane < lanes; lane += VECTOR_LANES) {
      store_rows(u + lane, w, place + lane * pair, tap, p, lanes, is_rim, 0, is_bf16);
      if (is_bf16) store_rows(u + lanes + lane, w, place + lane * pair, tap, p, lanes, is_rim, 1, is_bf16);
    }
}

// Products

#if !defined(HAS_ADD_TAP)
/// Adds the products of `pixels` tiles with one block of 16 transformed weights.
HRN_INLINE void add_block(vector acc[PIXELS][VECTORS], const float *x, const float *u, int pixels, int vectors) {
  const int lanes = vectors * VECTOR_LANES;
  HRN_ALIGNED
  for (int k = 0; k < HRN_V_LANES; k += UNROLL, x += UNROLL, u += UNROLL * lanes) {
    HRN_UNROLL
    for (int n = 0; n < UNROLL; n++) {
      const weight_row row = load_row(u + n * lanes, vectors);
      HRN_UNROLL
      for (int p = 0; p < pixels; p++) add_row(acc[p], vectors, x + p * HRN_V_LANES + n, &row, u + n * lanes);
      HRN_IN_ORDER;
    }
  }
}
#else
HRN_INLINE void add_block(vector acc[PIXELS][VECTORS], const float *x, const float *u, int pixels, int vectors) {
  add_tap(acc, 0, pixels, vectors, x, HRN_V_LANES, u, vectors * VECTOR_LANES, HRN_V_LANES);
}
#endif

/// The products of `pixels` tiles with `blocks` blocks of 16 transformed weights, added to m unless they are the first.
HRN_INLINE void add_products(float *m, const float *v, int64_t block_stride, int32_t blocks, const float *u, int pixels,
                             int vectors, int is_first) {
  const int lanes = vectors * VECTOR_LANES;
  vector acc[PIXELS][VECTORS];
  HRN_UNROLL
  for (int p = 0; p < pixels; p++)
    HRN_UNROLL
    for (int i = 0; i < vectors; i++)
      acc[p][i] = is_first ? splat(0) : load_sums(m + p * lanes + i * VECTOR_LANES);
  for (int32_t block = 0; block < blocks; block++, v += block_stride, u += U_BLOCK(lanes))
    add_block(acc, v, u, pixels, vectors);
  HRN_UNROLL
  for (int p = 0; p < pixels; p++)
    HRN_UNROLL
    for (int i = 0; i < vectors; i++) store_sums(m + p * lanes + i * VECTOR_LANES, acc[p][i]);
}

typedef void (*product_function)(float *m, const float *v, int64_t block_stride, int32_t blocks, const float *u,
                                 int is_first);

#define PRODUCTS(pixels, function, vectors)                                                                       \
  static void function(float *m, const float *v, int64_t block_stride, int32_t blocks, const float *u,            \
                       int is_first) {                                                                            \
    add_products(m, v, block_stride, blocks, u, pixels, vectors, is_first);                                       \
  }
HRN_INSTANCES(product_function, wide_products, PIXELS, PRODUCTS, VECTORS)
#if defined(HAS_NARROW_TILES)
HRN_INSTANCES(product_function, narrow_products, PIXELS, PRODUCTS, LINE_VECTORS)
#else
#define narrow_products wide_products
_Static_assert(TILE_LANES == 16, "a group's last 16 lanes have products");
#endif

// Output

/// One thread's work on some tiles of the map, and some lanes of a group.
typedef struct {
  const hrn_winograd_convolution *a;
  const hrn_winograd_cover *cover;
  const hrn_winograd_v *map;
  hrn_range tiles;
  const float *v;
  float *u, *m;
  int32_t chunk;
} job;

static int64_t sum_stride(const job *j, int lanes) {
  return hrn_position_lines(j->tiles.end - j->tiles.first) * lanes;
}

/// Bias, residual and bounds over a row of `width` sums, and on to the output, or to the pool sums in `total`.
PART vector finish_row(const hrn_winograd_convolution *a, const vector values[4], int32_t width, vector bias,
                             int64_t offset, vector total, int is_bf16) {
  HRN_UNROLL
  for (int x = 0; x < 4; x++)
    if (x < width) {
      const int64_t place = offset + (int64_t)x * a->shape->out_block;
      vector t = add(values[x], bias);
      if (a->residual)
        t = add(t, is_bf16 ? load_map((const uint16_t *)a->residual + place)
                           : load_sums((const float *)a->residual + place));
      t = clamp_to(t, a->low, a->high);
      if (a->pool_sums) total = add(total, t);
      else if (is_bf16) store_map((uint16_t *)a->output + place, t);
      else store_sums((float *)a->output + place, t);
    }
  return total;
}

/// 16 lanes of one tile: sums to values. m is the tile's place at position 0, c the first channel.
static void finish_tile(const job *j, int32_t index, const float *m, int64_t stride, int32_t c) {
  const hrn_winograd_convolution *a = j->a;
  const hrn_conv2d_shape *s = a->shape;
  const hrn_winograd_tile tile = hrn_winograd_tile_at(j->cover, index);
  const int32_t height = hrn_min_i32(tile.height, s->out_height - tile.oy);
  const int32_t width = hrn_min_i32(tile.width, s->out_width - tile.ox);
  const int64_t place = hrn_output_offset(s, tile.oy, tile.ox, c);
  for (int lane = 0; lane < 16; lane += VECTOR_LANES, m += VECTOR_LANES) {
    vector columns[4][HRN_POINTS];  // [y][point of x]
    for (int i = 0; i < tile.width + 2; i++) {
      vector points[HRN_POINTS], values[4];
      HRN_UNROLL
      for (int k = 0; k < HRN_POINTS; k++)
        points[k] = k < tile.height + 2 ? load_sums(m + (k * HRN_POINTS + i) * stride) : splat(0);
      output_values(values, points, tile.height);
      HRN_UNROLL
      for (int y = 0; y < 4; y++) columns[y][i] = values[y];
    }
    const vector bias = load_sums(a->bias + c + lane);
    vector total = a->pool_sums ? load_sums(a->pool_sums + c + lane) : splat(0);
    for (int32_t y = 0; y < height; y++) {
      vector values[4];
      output_values(values, columns[y], tile.width);
      const int64_t row = place + lane + y * s->out_row_stride;
      total = a->is_bf16 ? finish_row(a, values, width, bias, row, total, 1)
                         : finish_row(a, values, width, bias, row, total, 0);
    }
    if (a->pool_sums) store_sums(a->pool_sums + c + lane, total);
  }
}

// All of it

/// A slice of a group's lanes, and its weights in a chunk of the input.
typedef struct {
  int32_t lanes, group_lanes;
  int32_t block, blocks;  // blocks of 16 channels
  int64_t weights;        // where those of the first channel begin
  int64_t ahead;          // what comes next
} slice;

/// The three pairs of rows of positions: 0 and infinity, a and -a, b and -b.
static const struct {
  float p;
  int rows[2];
} row_pairs[] = {{0, {0, 3}}, {A_1, {1, 2}}, {B_1, {4, 5}}};

/// Transforms a slice's weights for the positions of one pair of rows.
HRN_INLINE void fill_weights_of(const job *j, const slice *s, int pair, int is_rim, int is_bf16) {
  const int64_t step = s->group_lanes, tap = HRN_V_LANES * step;
  const void *w = j->a->weights;
  const float p = row_pairs[pair].p;
  for (int32_t i = 0; i < s->blocks; i++) {
    const int64_t place = s->weights + i * 9 * tap;
    float *u = j->u + i * U_BLOCK(s->lanes);
    if (TILE_LANES > 16 && s->lanes == TILE_LANES)
      transform_weights(w, place, step, tap, p, VECTORS, u, is_rim, is_bf16);
    else
      transform_weights(w, place, step, tap, p, LINE_VECTORS, u, is_rim, is_bf16);
  }
}

static void fill_weights(const job *j, const slice *s, int pair) {
  if (j->a->is_bf16 && pair == 0) fill_weights_of(j, s, pair, 1, 1);
  else if (j->a->is_bf16) fill_weights_of(j, s, pair, 0, 1);
  else if (pair == 0) fill_weights_of(j, s, pair, 1, 0);
  else fill_weights_of(j, s, pair, 0, 0);
}

_Static_assert((SUM_LINES / (TILE_LANES / 16) | 1) * TILE_LANES * HRN_POSITIONS <= HRN_M_FLOATS, "sums have their place");

/// Adds a slice's products at the positions of one pair of rows to m.
static void add_positions(const job *j, const slice *s, int pair, float *m) {
  const product_function *products = s->lanes == TILE_LANES ? wide_products : narrow_products;
  const int64_t stride = sum_stride(j, s->lanes), line = (int64_t)s->group_lanes * 4;
  // Rows of lanes are as long in either width: bfloat16 has half as many, of two k each.
  const int32_t element_bytes = j->a->is_bf16 ? 2 : 4, rows = s->blocks * HRN_V_LANES * 9 * element_bytes / 4;
  const int32_t ahead = rows / HRN_POSITIONS;
  const char *next = (const char *)j->a->weights + s->ahead * element_bytes;
  for (int index = 0; index < 2 * HRN_POINTS; index++) {
    const int row = row_pairs[pair].rows[index / HRN_POINTS], column = index % HRN_POINTS;
    const int position = row * HRN_POINTS + column;
    const hrn_range at = hrn_winograd_tiles_at(j->cover, row, column);
    const int32_t first = hrn_max_i32(at.first, j->tiles.first), end = hrn_min_i32(at.end, j->tiles.end);
    const int32_t width = end - first, count = (width + PIXELS - 1) / PIXELS;
    const float *u = j->u + index * U_POSITION(s->lanes);
    const float *v = j->v + position * j->map->position_stride + s->block * j->map->block_stride;
    const int32_t lines = s->lanes / 16, wide_ahead = TILE_LANES > 16 ? ahead * lines : 0;
    if (TILE_LANES == 16)
      for (int32_t i = 0; i < ahead; i++) __builtin_prefetch(next + (position * ahead + i) * line, 0, 2);
    for (int32_t i = 0; i < count; i++) {
      for (int32_t n = wide_ahead * i / count; n < wide_ahead * (i + 1) / count; n++)
        __builtin_prefetch(next + (position * ahead + n / lines) * line + n % lines * 64, 0, 2);
      const int32_t tile = first + width * i / count, pixels = first + width * (i + 1) / count - tile;
      products[pixels - 1](m + position * stride + (int64_t)(tile - j->tiles.first) * s->lanes,
                           v + (int64_t)tile * HRN_V_LANES, j->map->block_stride, s->blocks, u, s->block == 0);
    }
  }
}

/// Lanes [lane, lane + span) of a group over the job's tiles.
static void run_lanes(const job *j, int32_t group, int32_t lane, int32_t span) {
  const hrn_conv2d_shape *shape = j->a->shape;
  const int32_t c0 = group * HRN_GROUP_LANES, group_lanes = hrn_group_lanes(shape->out_channels, group);
  // Elements of one lane in a row of weights: k, or a pair of k.
  const int64_t pair = j->a->is_bf16 ? 2 : 1;
  const int64_t weights = (int64_t)c0 * j->map->blocks * HRN_V_LANES * 9 + lane * pair;
  for (int32_t block = 0, blocks; block < j->map->blocks; block += blocks) {
    blocks = hrn_min_i32(j->chunk / HRN_V_LANES, j->map->blocks - block);
    float *m = j->m;
    for (int32_t at = 0, lanes; at < span; at += lanes) {
      lanes = span - at >= TILE_LANES ? TILE_LANES : 16;
      const int64_t w = weights + (int64_t)block * HRN_V_LANES * 9 * group_lanes + at * pair;
      const slice s = {
          .lanes = lanes, .group_lanes = group_lanes, .block = block, .blocks = blocks, .weights = w,
          .ahead = at + lanes < span ? w + lanes * pair : w - at * pair + (int64_t)blocks * HRN_V_LANES * 9 * group_lanes,
      };
      for (int pair = 0; pair < 3; pair++) {
        fill_weights(j, &s, pair);
        add_positions(j, &s, pair, m);
      }
      m += HRN_POSITIONS * sum_stride(j, lanes);
    }
  }
  const float *m = j->m;
  for (int32_t at = 0, lanes; at < span; at += lanes) {
    lanes = span - at >= TILE_LANES ? TILE_LANES : 16;
    const int64_t stride = sum_stride(j, lanes);
    for (int32_t i = j->tiles.first; i < j->tiles.end; i++, m += lanes)
      for (int32_t l = 0; l < lanes; l += 16) finish_tile(j, i, m + l, stride, c0 + lane + at + l);
    m += HRN_POSITIONS * stride - (j->tiles.end - j->tiles.first) * lanes;
  }
}

static void multiply_all(const hrn_winograd_convolution *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1,
                         const float *v, void *scratch) {
  const hrn_conv2d_shape *s = a->shape;
  const hrn_winograd_cover cover = hrn_winograd_cover_of(s, row0, row1);
  const hrn_winograd_v map = hrn_winograd_v_of(s, &cover);
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, s->out_channels, group0, group1);
  // As many lanes at once as their sums leave room for, and all tiles if they may be few lanes.
  int32_t span = HRN_GROUP_LANES;
  while (span > TILE_LANES && cover.tiles > SUM_LINES / (span / 16)) span /= 2;
  const int32_t most = SUM_LINES / (span / 16), count = (cover.tiles + most - 1) / most;
  job j = {.a = a, .cover = &cover, .map = &map, .v = v, .u = scratch, .m = (float *)scratch + HRN_U_FLOATS,
           .chunk = cover.tiles > 2 * PIXELS ? CHUNK : FEW_CHUNK};
  for (int32_t group = group0; group < group1; group++)
    for (int32_t i = 0; i < count; i++) {
      j.tiles = (hrn_range){cover.tiles * i / count, cover.tiles * (i + 1) / count};
      const int32_t lanes = hrn_group_lanes(s->out_channels, group);
      for (int32_t lane = 0; lane < lanes; lane += span) run_lanes(&j, group, lane, hrn_min_i32(span, lanes - lane));
    }
}

void HRN_NAME(winograd_f32)(const hrn_conv2d_f32 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1,
                            const float *v, void *scratch) {
  const hrn_winograd_convolution c = hrn_winograd_of_f32(a);
  multiply_all(&c, group0, group1, row0, row1, v, scratch);
}

void HRN_NAME(winograd_bf16)(const hrn_conv2d_bf16 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1,
                             const float *v, void *scratch) {
  const hrn_winograd_convolution c = hrn_winograd_of_bf16(a);
  multiply_all(&c, group0, group1, row0, row1, v, scratch);
}
