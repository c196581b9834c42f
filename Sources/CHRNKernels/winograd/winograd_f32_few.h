// The Winograd of floats where tiles are few, at most two high and two wide. Making weights then costs more than their
// products, and storing them is most of it: a store of a vector takes the place of two fused multiply-adds. So only
// G g is stored, three columns for a row of positions, and G' applied where a position is computed: its weights are
// never in memory. For winograd_f32_body.h.
//
// The point at infinity contributes to the last output of a tile alone. Tiles whose last output is outside the map need
// no products there: a map of 7 x 7 has 121 of its 144 pairs of a tile and a position.

enum { FEW_TILES = 4 };

/// Columns at a row of positions, [channel][column][lane], and how far apart the rows are.
enum { FEW_COLUMN = 16, FEW_STEP = 3 * FEW_COLUMN, FEW_ROW = HRN_V_LANES * FEW_STEP + 16 };

_Static_assert(TILE_LANES == 16, "slices are as wide as a line");
_Static_assert(HRN_POINTS * FEW_ROW <= HRN_U_FLOATS, "columns have their place");

/// Adds the products of `pixels` tiles, `stride` apart in m and in v, with a block of 16 channels at a position of the
/// column of point p, or at a rim's, where the weights are the column g itself.
HRN_INLINE void add_few_products(float *m, const float *v, int64_t stride, const float *g, int64_t step, int64_t column,
                                 float p, int pixels, int is_rim) {
  vector acc[FEW_TILES][VECTORS];
  HRN_UNROLL
  for (int t = 0; t < pixels; t++)
    HRN_UNROLL
    for (int i = 0; i < VECTORS; i++) acc[t][i] = load_sums(m + t * stride + i * VECTOR_LANES);
  HRN_ROLLED
  for (int k = 0; k < HRN_V_LANES; k += UNROLL, v += UNROLL, g += UNROLL * step)
    HRN_UNROLL
    for (int n = 0; n < UNROLL; n++) {
      vector u[VECTORS];
      HRN_UNROLL
      for (int i = 0; i < VECTORS; i++) {
        const float *at = g + n * step + i * VECTOR_LANES;
        u[i] = load_sums(at);
        if (is_rim) continue;
        const vector even = multiply_add(splat(p * p), load_sums(at + 2 * column), u[i]);
        u[i] = multiply_add(splat(p), load_sums(at + column), even);
      }
      HRN_UNROLL
      for (int t = 0; t < pixels; t++) {
        const vector x = splat(v[t * stride + n]);
        HRN_UNROLL
        for (int i = 0; i < VECTORS; i++) acc[t][i] = multiply_add(x, u[i], acc[t][i]);
      }
      HRN_IN_ORDER;
    }
  HRN_UNROLL
  for (int t = 0; t < pixels; t++)
    HRN_UNROLL
    for (int i = 0; i < VECTORS; i++) store_sums(m + t * stride + i * VECTOR_LANES, acc[t][i]);
}

typedef void (*few_function)(float *m, const float *v, int64_t stride, const float *g, int64_t step, int64_t column,
                             float p);

#define FEW_PRODUCTS(pixels, function, is_rim)                                                                    \
  static void function(float *m, const float *v, int64_t stride, const float *g, int64_t step, int64_t column,    \
                       float p) {                                                                                 \
    add_few_products(m, v, stride, g, step, column, p, pixels, is_rim);                                           \
  }
FEW_PRODUCTS(1, few_rim_products_1, 1)
FEW_PRODUCTS(2, few_rim_products_2, 1)
FEW_PRODUCTS(4, few_rim_products_4, 1)
FEW_PRODUCTS(1, few_point_products_1, 0)
FEW_PRODUCTS(2, few_point_products_2, 0)
FEW_PRODUCTS(4, few_point_products_4, 0)

/// By whether they are of a point, and of how many tiles: a position has all, a row or a column of them, one or none.
static const few_function few_products[2][FEW_TILES + 1] = {
    {[1] = few_rim_products_1, [2] = few_rim_products_2, [4] = few_rim_products_4},
    {[1] = few_point_products_1, [2] = few_point_products_2, [4] = few_point_products_4},
};

/// Stores G g for a vector of lanes of one channel and column: the rows of a and b, of bfloat16 those of taps too.
HRN_INLINE void store_column(float *u, const void *w, int64_t place, int64_t tap, int is_odd, int is_bf16) {
  const vector g0 = load_weights(w, place, is_odd, is_bf16);
  const vector g1 = load_weights(w, place + 3 * tap, is_odd, is_bf16);
  const vector g2 = load_weights(w, place + 6 * tap, is_odd, is_bf16);
  if (is_bf16) {
    store_sums(u, g0);
    store_sums(u + HRN_INFINITY * FEW_ROW, g2);
  }
  HRN_UNROLL
  for (int pair = 1; pair < 3; pair++) {
    const float p = row_pairs[pair].p;
    const vector even = multiply_add(splat(p * p), g2, g0);
    store_sums(u + row_pairs[pair].rows[0] * FEW_ROW, multiply_add(splat(p), g1, even));
    store_sums(u + row_pairs[pair].rows[1] * FEW_ROW, multiply_add(splat(-p), g1, even));
  }
}

/// G g for a block of 16 channels and a line of lanes.
HRN_INLINE void store_block(float *u, const void *w, int64_t place, int64_t step, int64_t tap, int is_bf16) {
  const int pair = is_bf16 ? 2 : 1;
  HRN_ROLLED
  for (int k = 0; k < HRN_V_LANES; k += pair, u += pair * FEW_STEP, place += pair * step)
    HRN_ROLLED
    for (int c = 0; c < 3; c++)
      HRN_UNROLL
      for (int lane = 0; lane < TILE_LANES; lane += VECTOR_LANES) {
        const int64_t at = place + c * tap + lane * pair;
        store_column(u + c * FEW_COLUMN + lane, w, at, tap, 0, is_bf16);
        if (is_bf16) store_column(u + FEW_STEP + c * FEW_COLUMN + lane, w, at, tap, 1, is_bf16);
      }
}

static void store_floats(float *u, const void *w, int64_t place, int64_t step, int64_t tap) {
  store_block(u, w, place, step, tap, 0);
}

static void store_pairs(float *u, const void *w, int64_t place, int64_t step, int64_t tap) {
  store_block(u, w, place, step, tap, 1);
}

/// The tiles that have products at a position, evenly spaced.
typedef struct few_tiles {
  int32_t first, step, count;
} few_tiles;

static void find_few_tiles(const hrn_conv2d_shape *s, const hrn_winograd_cover *c, few_tiles at[HRN_POSITIONS]) {
  memset(at, 0, HRN_POSITIONS * sizeof *at);
  for (int32_t index = 0; index < c->tiles; index++) {
    const hrn_winograd_tile tile = hrn_winograd_tile_at(c, index);
    for (int32_t i = 0; i < HRN_POSITIONS; i++) {
      const int32_t row = i / HRN_POINTS, column = i % HRN_POINTS;
      if (row >= hrn_winograd_points(tile.height) || column >= hrn_winograd_points(tile.width)) continue;
      if (row == HRN_INFINITY && tile.oy + tile.height > s->out_height) continue;
      if (column == HRN_INFINITY && tile.ox + tile.width > s->out_width) continue;
      if (at[i].count == 0) at[i].first = index;
      if (at[i].count == 1) at[i].step = index - at[i].first;
      at[i].count++;
    }
  }
}

/// Adds a slice's products at all positions to m.
static void add_few(const job *j, const slice *s, float *m) {
  static const float points[HRN_POINTS] = {0, A_1, -A_1, 0, B_1, -B_1};
  const int64_t stride = sum_stride(j, TILE_LANES), step = s->group_lanes, tap = HRN_V_LANES * step;
  const int is_bf16 = j->a->is_bf16;
  // Two lines at every position are all of what is next in bfloat16, and half of it in float32.
  const int64_t line = step * 4;
  const char *next = (const char *)j->a->weights + s->ahead * (is_bf16 ? 2 : 4);
  if (s->block == 0) memset(m, 0, HRN_POSITIONS * stride * sizeof(float));
  for (int32_t block = 0; block < s->blocks; block++) {
    const int64_t place = s->weights + block * 9 * tap;
    if (is_bf16) store_pairs(j->u, j->a->weights, place, step, tap);
    else store_floats(j->u, j->a->weights, place, step, tap);
    const float *v = j->v + (s->block + block) * j->map->block_stride;
    float *sums = m;
    const few_tiles *at = j->few;
    HRN_ROLLED
    for (int row = 0; row < HRN_POINTS; row++) {
      // At 0 and infinity a row of G g is a row of taps, which float32 has in its weights.
      const int is_stored = is_bf16 || points[row] != 0;
      const float *g = is_stored ? j->u + row * FEW_ROW
                                 : (const float *)j->a->weights + place + (row == HRN_INFINITY ? 6 * tap : 0);
      const int64_t g_step = is_stored ? FEW_STEP : step, g_column = is_stored ? FEW_COLUMN : tap;
      HRN_ROLLED
      for (int column = 0; column < HRN_POINTS; column++, at++, sums += stride, v += j->map->position_stride) {
        __builtin_prefetch(next, 0, 2);
        __builtin_prefetch(next + line, 0, 2);
        next += 2 * line;
        if (!is_bf16) {
          __builtin_prefetch(next, 0, 2);
          __builtin_prefetch(next + line, 0, 2);
          next += 2 * line;
        }
        const few_function products = few_products[points[column] != 0][at->count];
        if (products)
          products(sums + at->first * HRN_V_LANES, v + at->first * HRN_V_LANES, at->step * HRN_V_LANES,
                   column == HRN_INFINITY ? g + 2 * g_column : g, g_step, g_column, points[column]);
      }
    }
  }
}
