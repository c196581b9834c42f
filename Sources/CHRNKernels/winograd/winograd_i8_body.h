// The int8 Winograd behind its input: U = G g G', M = U . V summed over channels, Y = A M A', and on to the output.
//
// Everything after the products is arithmetic modulo 2^32, where sums may overflow as they like: with
//
//   G = [ 6  0  0 ]  point 0          A4 = [ 1  4  4  0  1  1 ]  24       A2 = [ 1  3  3  0 ]  6
//       [ 1  1  1 ]  1                     [ 0  2 -2  0  1 -1 ]  12            [ 0  3 -3  1 ]  6
//       [ 1 -1  1 ]  -1                    [ 0  1  1  0  1  1 ]   6
//       [ 0  0  6 ]  infinity              [ 0  1 -1  1  2 -2 ]   6
//       [ 1  2  4 ]  2
//       [ 1 -2  4 ]  -2
//
// and B of winograd_input_i8, A M A' is the convolution times the two factors at the ends of A's rows, 9 times a power
// of 2 up to 2^6. Multiplying by the inverse of 9 modulo 2^32 and shifting leaves the convolution itself, if that is
// less than 2^25.
//
// A tier's file defines, before it includes this and the functions that finish a tile of conv2d_i8:
//
//   vector, VECTORS, VECTOR_LANES     as for a tile of conv2d_i8
//   HRN_NAME                          the name of the kernel
//   TILES, SLICE                      tiles whose products are in registers at once, a macro, and vectors of each
//   HAS_NARROW_TILES                  defined as 1 where VECTORS vectors are more than 16 lanes
//   PASS_CHUNKS, PASS_TILES           chunks and tiles per pass, at most
//   HAS_FEW_TILES                     defined as 1 where winograd_i8_few.h computes maps of few tiles, or
//   FEW_TILES_NAME                    the name of the kernel that does
//   words                             as many 16-bit integers as fill a vector
//   load_filters                      tap i of 4 channels in 16 bits, in the order in which products take them
//   add_products                      the products of some channels of one chunk, and what to ask for meanwhile; or
//   HAS_ROWS                          defined as 1 where winograd_i8_rows.h makes the products
#include "../common/instances.h"

typedef uint32_t residues __attribute__((vector_size(sizeof(vector))));
typedef int32_t integers __attribute__((vector_size(sizeof(vector))));

/// What stays the same during a call.
typedef struct {
  const hrn_conv2d_i8 *a;
  hrn_winograd_cover cover;
  hrn_range tiles[HRN_POSITIONS];  // that have each position
  const int16_t *v;
  int64_t v_step;               // elements between positions of v
  int16_t *u;
  int32_t *m;
  int64_t m_step;               // elements between positions of m
} winograd;

/// The lanes of one pass, from output channel `channel` on.
typedef struct {
  int32_t channel, lanes;
  int32_t in_block, channels;   // of the input
  const int8_t *weights;        // of these lanes
  int32_t group_lanes;
} winograd_lanes;

/// The most channels of a pass; elements of M between positions, a constant in addresses.
enum {
  PASS_CHANNELS = PASS_CHUNKS * WINOGRAD_CHUNK,
  M_STEP = VECTORS * VECTOR_LANES * PASS_TILES + 16,
};

_Static_assert(HRN_POSITIONS * M_STEP * 4 <= WINOGRAD_M_BYTES, "M of one pass fits the scratch");

/// Lanes between the tiles of M.
HRN_INLINE int m_lanes(int vectors) { return vectors * VECTOR_LANES == 16 ? 16 : VECTORS * VECTOR_LANES; }

/// M of `tiles` tiles before a pass.
HRN_INLINE void load_m(vector acc[TILES][SLICE], const int32_t *m, int tiles, int vectors, int is_first) {
  HRN_UNROLL
  for (int t = 0; t < tiles; t++)
    HRN_UNROLL
    for (int i = 0; i < vectors; i++) {
      if (is_first) acc[t][i] = (vector)(residues){0};
      else memcpy(&acc[t][i], m + t * m_lanes(vectors) + i * VECTOR_LANES, sizeof(vector));
    }
}

HRN_INLINE void store_m(vector acc[TILES][SLICE], int32_t *m, int tiles, int vectors) {
  HRN_UNROLL
  for (int t = 0; t < tiles; t++)
    HRN_UNROLL
    for (int i = 0; i < vectors; i++)
      memcpy(m + t * m_lanes(vectors) + i * VECTOR_LANES, &acc[t][i], sizeof(vector));
}

#include "winograd_i8_filters.h"
#if defined(HAS_ROWS)
#include "winograd_i8_rows.h"
#else
#include "winograd_i8_whole.h"
#endif
#include "winograd_i8_outputs.h"

/// Some lanes of a group, through all tiles; `next` are those that follow, or null.
HRN_INLINE void run_lanes(const winograd *w, const winograd_lanes *l, const winograd_lanes *next, int vectors) {
  const int32_t tiles = w->cover.tiles, parts = (tiles + PASS_TILES - 1) / PASS_TILES, channels = l->channels;
  hrn_range part = {0, 0};
  for (int32_t i = 0; i < parts; i++, part.first = part.end) {
    part.end = part.first + tiles / parts + (i < tiles % parts);
    for (int32_t c = 0; c < channels; c += PASS_CHANNELS) {
      const int32_t count = hrn_min_i32(PASS_CHANNELS, channels - c), next_c = c + count < channels ? c + count : 0;
      add_pass(w, l, vectors, part, c, count, next_c || i + 1 < parts ? l : next, next_c);
    }
    if (vectors * VECTOR_LANES == 16) finish_16_lanes(w, l, part);
    else finish_tiles(w, l, vectors, part);
  }
}

/// The widest lanes from output channel `channel` on.
static winograd_lanes lanes_from(const hrn_conv2d_i8 *a, int32_t channel) {
  const hrn_conv2d_shape *s = &a->shape;
  const int32_t group = channel / HRN_GROUP_LANES, lane = channel % HRN_GROUP_LANES;
  const int32_t group_lanes = hrn_group_lanes(s->out_channels, group);
  return (winograd_lanes){
      .channel = channel,
      .lanes = group_lanes - lane >= VECTORS * VECTOR_LANES ? VECTORS * VECTOR_LANES : 16,
      .in_block = s->in_block,
      .channels = s->map_blocks * s->in_block,
      .weights = a->weights + group * HRN_GROUP_LANES * hrn_depth(s) + lane * 4,
      .group_lanes = group_lanes,
  };
}

/// Groups [group0, group1), whatever the map.
static void run_groups(winograd *w, int32_t group0, int32_t group1) {
  const hrn_conv2d_i8 *a = w->a;
  w->v_step = winograd_position_step(&w->cover);
  w->m_step = M_STEP;
  hrn_winograd_i8_tiles(&w->cover, w->tiles);
  const int32_t end = hrn_min_i32(group1 * HRN_GROUP_LANES, hrn_lanes(a->shape.out_channels));
  for (int32_t channel = group0 * HRN_GROUP_LANES; channel < end;) {
    const winograd_lanes l = lanes_from(a, channel);
    channel += l.lanes;
    const winograd_lanes after = channel < end ? lanes_from(a, channel) : l;
    const winograd_lanes *next = channel < end ? &after : NULL;
    if (VECTORS * VECTOR_LANES > 16 && l.lanes == 16) run_lanes(w, &l, next, 16 / VECTOR_LANES);
    else run_lanes(w, &l, next, VECTORS);
  }
}

#if defined(HAS_FEW_TILES)
#include "winograd_i8_few.h"
#endif

void HRN_NAME(const hrn_conv2d_i8 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1, const int16_t *v,
              void *scratch) {
  const hrn_conv2d_shape *s = &a->shape;
  winograd w = {.a = a, .cover = hrn_winograd_cover_of(s, row0, row1, HRN_TAIL_INT8), .v = v, .u = scratch,
                .m = (int32_t *)((char *)scratch + WINOGRAD_U_BYTES)};
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, s->out_channels, group0, group1);
#if defined(HAS_FEW_TILES)
  if (winograd_has_few(&w.cover)) {
    run_few_groups(&w, group0, group1);
    return;
  }
#elif defined(FEW_TILES_NAME)
  if (winograd_has_few(&w.cover)) {
    FEW_TILES_NAME(a, group0, group1, row0, row1, v, scratch);
    return;
  }
#endif
  run_groups(&w, group0, group1);
}
