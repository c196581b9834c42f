// The register tile that every vectorised convolution shares. A file per tier and precision defines what is its own
// and includes this, most of them through conv2d_body.h:
//
//   arguments, element, weight        hrn_conv2d_i8 or hrn_conv2d_f32, and the types of its tensors
//   vector                            one vector of accumulators
//   PIXELS, VECTORS, K_STEP           the tile, at most; k per step of the inner loop. PIXELS is a macro
//   PIXEL_STEP                        the most frequent distance of a tile's pixels in the input, which has loops of its
//                                     own; 0 for none
//   HAS_TAP_SUMS                      defined as 1 where a panel has a row of sums behind the rows of each tap
//   HAS_LONE_EDGES                    defined as 1 where tiles of several positions need no code for edges: a position
//                                     with a tap column outside the input is a tile of its own
//   HAS_FAR_MAPS                      defined as 1 where maps are asked for before they are needed: those of a large image
//                                     do not fit a second-level cache, and their lines are no stream that a processor
//                                     foresees
//   add_tap                           the products of one tap: conv2d_steps.h, or the tier's own
//   start_tile, is_uniform            biases in; whether they are the same ones at every position
//   finish_tile                       sums out of memory, [pixels][VECTORS] vectors, and on to the output
//   HAS_TURNS                         defined as 1 where the pixels of a whole tile can be finished in turn: the last
//                                     TURN_STEPS k steps of one and then its outputs, which a processor computes beside the
//                                     products of the next. After finish_tile it would have nothing to multiply meanwhile
//   TURN_KINDS, turn_kind             kinds of outputs that can, 1 or 2, and that of a tile's, or -1
//   turns, turns_of, finish_pixel     what its pixels' outputs take, and one pixel's, out of registers
//
// All but finish_tile is inlined into an instance per tile size, where `pixels` and `vectors` are constants and the
// accumulators are registers.
#include "instances.h"

#ifndef HAS_TAP_SUMS
#define HAS_TAP_SUMS 0
#endif

#ifndef HAS_LONE_EDGES
#define HAS_LONE_EDGES 0
#endif

#ifndef HAS_FAR_MAPS
#define HAS_FAR_MAPS 0
#endif

#ifndef HAS_TURNS
#define HAS_TURNS 0
#endif

_Static_assert(!HAS_TAP_SUMS || PIXEL_STEP == 0, "runs have no sums between their taps");

/// Whether tiles ask for the weights of the next chunk.
enum { ASKS_AHEAD = VECTORS * VECTOR_LANES > 16 };

/// Whether there is something to ask for with every tap.
HRN_INLINE int asks_ahead(const hrn_tile *tile) { return ASKS_AHEAD && tile->ahead_lines > 0; }

/// What follows the lines asked for before the tile, none of it yet.
HRN_INLINE hrn_asking asking_of(const hrn_tile *tile) {
  const uint8_t *const first = tile->ahead + (int64_t)64 * tile->ahead_first;
  return (hrn_asking){.next = first, .end = first, .step = 64};
}

/// Asks for the inputs of the next tile, where one tap of all lanes of a group is all that reads them; x is this tile's.
HRN_INLINE void ask_inputs(const hrn_conv2d_shape *s, const hrn_tile *tile, const element *x, int pixels, int vectors,
                           int64_t pixel_step) {
  if (!HAS_FAR_MAPS || vectors * VECTOR_LANES <= 16 || s->kernel_width > 1 || s->kernel_height > 1) return;
  HRN_ROLLED
  for (int m = 0; m < pixels; m++) __builtin_prefetch(x + tile->window_step + m * pixel_step, 0, 3);
}

/// Bytes of a map that may still be in a cache from the layer before.
enum { NEAR_MAP = 4 << 20 };

/// Asks for where a tile's outputs go, and for its residuals.
static __attribute__((noinline, unused)) void ask_outputs(const arguments *a, const hrn_tile *tile, int pixels,
                                                          int vectors) {
  const hrn_conv2d_shape *s = &a->shape;
  if ((int64_t)s->out_height * s->out_width * s->out_channels * (int)sizeof(element) <= NEAR_MAP) return;
  hrn_output_cursor at = hrn_output_start(tile);
  for (int lane = 0; lane < vectors * VECTOR_LANES; lane += 16, at = hrn_output_next(s, at))
    for (int m = 0; m < pixels; m++) {
      const int64_t place = at.offset + (int64_t)m * s->out_block;
      if (a->residual) __builtin_prefetch(a->residual + place, 0, 3);
      __builtin_prefetch(a->output + place, 1, 3);
    }
}

/// One tap of whichever pixels have it, one after another and through memory: there is one of this, whatever the tile.
static __attribute__((noinline)) void add_lone_taps(vector (*sums)[VECTORS], hrn_range inside, int vectors,
                                                    const element *x, int64_t pixel_step, const weight *w,
                                                    int64_t row_step, int32_t count) {
  for (int m = inside.first; m < inside.end; m++, x += pixel_step) {
    vector acc[PIXELS][VECTORS];
    for (int v = 0; v < vectors; v++) acc[0][v] = sums[m][v];
    if (vectors == VECTORS) add_tap(acc, 0, 1, VECTORS, x, pixel_step, w, row_step, count);
    else add_tap(acc, 0, 1, 16 / VECTOR_LANES, x, pixel_step, w, row_step, count);
    for (int v = 0; v < vectors; v++) sums[m][v] = acc[0][v];
  }
}

/// add_tap, asking for `lines` more of what is ahead.
HRN_INLINE void add_asking_tap(vector acc[PIXELS][VECTORS], int first, int end, int vectors, const element *x,
                               int64_t pixel_step, const weight *w, int64_t row_step, int32_t count, hrn_asking *ahead,
                               int32_t lines) {
  ahead->end += 64 * (int64_t)lines;
#if defined(HAS_ASKING_STEPS)
  if (vectors * VECTOR_LANES > 16) {
    add_tap_asking(acc, first, end, vectors, x, pixel_step, w, row_step, count, ahead);
    return;
  }
#endif
  if (ASKS_AHEAD) hrn_ask_some(ahead, lines);
  add_tap(acc, first, end, vectors, x, pixel_step, w, row_step, count);
}

/// One tap at the left or right edge, which not all of the pixels have. One pixel missing on either side is what a 3x3
/// meets, and has loops of its own.
HRN_INLINE void add_edge_tap(vector acc[PIXELS][VECTORS], hrn_range inside, int pixels, int vectors,
                             const element *x, int64_t pixel_step, const weight *w, int64_t row_step, int32_t count,
                             hrn_asking *ahead, int32_t lines) {
  if (inside.first == 1 && inside.end == pixels) {
    add_asking_tap(acc, 1, pixels, vectors, x, pixel_step, w, row_step, count, ahead, lines);
  } else if (inside.first == 0 && inside.end == pixels - 1) {
    add_asking_tap(acc, 0, pixels - 1, vectors, x, pixel_step, w, row_step, count, ahead, lines);
  } else if (inside.first < inside.end) {
    vector sums[PIXELS][VECTORS];
    HRN_UNROLL
    for (int m = 0; m < pixels; m++)
      HRN_UNROLL
      for (int v = 0; v < vectors; v++) sums[m][v] = acc[m][v];
    add_lone_taps(sums, inside, vectors, x, pixel_step, w, row_step, count);
    HRN_UNROLL
    for (int m = 0; m < pixels; m++)
      HRN_UNROLL
      for (int v = 0; v < vectors; v++) acc[m][v] = sums[m][v];
  }
}

/// The chunk's part of every pixel's window, in the order input block, tap row, tap column, k. Neighbouring tap columns
/// that every pixel has are one run of k steps where their inputs follow one another, their weights do without sums between
/// them, and there is nothing to ask for.
HRN_INLINE void add_window(vector acc[PIXELS][VECTORS], int pixels, int vectors, const arguments *a,
                           const hrn_tile *tile) {
  const hrn_conv2d_shape *s = &a->shape;
  const hrn_range rows = tile->rows;
  const int has_edges = !tile->is_interior && !(HAS_LONE_EDGES && pixels > 1);
  const hrn_range whole = has_edges ? hrn_whole_taps(s, tile) : (hrn_range){0, s->kernel_width};
  const int32_t columns = s->kernel_width, count = s->in_block / K_STEP;
  const int64_t pixel_step = s->stride_x * s->in_pixel_stride, column_step = s->dilation_x * s->in_pixel_stride;
  const int64_t row_step = s->dilation_y * s->in_row_stride;
  const int64_t k_step = (int64_t)tile->weight_lanes * K_STEP, tap_step = k_step * (count + HAS_TAP_SUMS);
  const element *block_x = a->input + tile->window;
  const weight *block_w = (const weight *)tile->weights + (int64_t)rows.first * columns * tap_step;
  hrn_asking ahead = asking_of(tile);
  for (int32_t block = 0; block < tile->blocks; block++) {
    const element *row_x = block_x;
    const weight *w = block_w;
    for (int32_t ky = rows.first; ky < rows.end; ky++) {
      const element *x = row_x;
      for (int32_t kx = 0, taps; kx < columns; kx += taps) {
        taps = 1;
        ask_inputs(s, tile, x, pixels, vectors, pixel_step);
        if (kx >= whole.first && kx < whole.end) {
          if (tile->taps_are_near && !HAS_TAP_SUMS && !asks_ahead(tile)) taps = whole.end - kx;
          add_asking_tap(acc, 0, pixels, vectors, x, pixel_step, w, k_step, taps * count, &ahead, tile->ahead_lines);
        } else if (has_edges) {
          const hrn_range inside = hrn_pixels_inside(s, tile, kx);
          add_edge_tap(acc, inside, pixels, vectors, x + inside.first * pixel_step, pixel_step, w, k_step, count,
                       &ahead, tile->ahead_lines);
        }
        x += taps * column_step;
        w += taps * tap_step;
      }
      row_x += row_step;
    }
    block_x += s->in_block_stride;
    block_w += s->kernel_height * columns * tap_step;
  }
}

/// Whether every row of taps is one run of k steps for all pixels, at the distances that have loops of their own.
HRN_INLINE int has_runs(const arguments *a, const hrn_tile *tile, int vectors) {
  const int can_ask = vectors * VECTOR_LANES > 16;
  return PIXEL_STEP > 0 && tile->is_interior && tile->taps_are_near && tile->weight_lanes == vectors * VECTOR_LANES
         && a->shape.stride_x * a->shape.in_pixel_stride == PIXEL_STEP && (can_ask || !asks_ahead(tile));
}

/// The window of a tile that has runs, but for its place: what the tiles of a row have in common.
typedef struct {
  const weight *weights;
  int64_t row_step, block_step;  // from the input of one run to the next, and of one block to the next
  int64_t run, skipped;          // weights of a run, and of a block's taps outside the input
  int32_t rows, blocks, count;   // runs of a block; k steps of a run
} runs;

HRN_INLINE runs runs_of(const arguments *a, const hrn_tile *tile, int vectors) {
  const hrn_conv2d_shape *s = &a->shape;
  const int32_t count = s->kernel_width * s->in_block / K_STEP;
  const int32_t rows = hrn_max_i32(0, tile->rows.end - tile->rows.first);
  const int64_t run = (int64_t)count * vectors * VECTOR_LANES * K_STEP;
  return (runs){
      .weights = (const weight *)tile->weights + tile->rows.first * run,
      .row_step = s->dilation_y * s->in_row_stride, .block_step = s->in_block_stride,
      .run = run, .skipped = (s->kernel_height - rows) * run,
      .rows = rows, .blocks = tile->blocks, .count = count};
}

/// The input of the first pixel and the weights of a k step.
typedef struct {
  const element *x;
  const weight *w;
} place;

/// One tile's window but for the last `left` k steps, of which there is one run at least; where those begin.
HRN_INLINE place add_runs(vector acc[PIXELS][VECTORS], int pixels, int vectors, const arguments *a, const hrn_tile *tile,
                          const runs *r, int left) {
  const int64_t row_step = vectors * VECTOR_LANES * K_STEP;
  const element *block = a->input + tile->window;
  const weight *w = r->weights;
  const int can_ask = vectors * VECTOR_LANES > 16;
  hrn_asking ahead = asking_of(tile);
  const int32_t lines = tile->ahead_lines * a->shape.kernel_width;
  place rest = {0};
  for (int32_t i = 0; i < r->blocks; i++) {
    const element *row = block;
    for (int32_t ky = 0; ky < r->rows; ky++) {
      ask_inputs(&a->shape, tile, row, pixels, vectors, PIXEL_STEP);
      const int32_t steps = r->count - (left > 0 && i + 1 == r->blocks && ky + 1 == r->rows ? left : 0);
      if (can_ask) add_asking_tap(acc, 0, pixels, vectors, row, PIXEL_STEP, w, row_step, steps, &ahead, lines);
      else add_tap(acc, 0, pixels, vectors, row, PIXEL_STEP, w, row_step, steps);
      if (left > 0) rest = (place){row + steps * K_STEP, w + steps * row_step};
      row += r->row_step;
      w += r->run;
    }
    block += r->block_step;
    w += r->skipped;
  }
  return rest;
}

/// The sums before a tile's chunk; those after it go to the output, or to where the next chunk finds them.
HRN_INLINE void begin_tile(vector acc[PIXELS][VECTORS], int pixels, int vectors, const arguments *a,
                           const hrn_tile *tile) {
  hrn_ask(tile->ahead, tile->ahead_first);
  if (HAS_FAR_MAPS && tile->is_last && !a->pool_sums) ask_outputs(a, tile, pixels, vectors);
  if (tile->is_first) {
    start_tile(acc, pixels, vectors, a, tile);
    return;
  }
  const vector *const partial = tile->partial;
  HRN_UNROLL
  for (int m = 0; m < pixels; m++)
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) acc[m][v] = partial[m * vectors + v];
}

HRN_INLINE void end_tile(vector acc[PIXELS][VECTORS], int pixels, int vectors, const arguments *a,
                         const hrn_tile *tile) {
  if (!tile->is_last) {
    vector *const partial = tile->partial;
    HRN_UNROLL
    for (int m = 0; m < pixels; m++)
      HRN_UNROLL
      for (int v = 0; v < vectors; v++) partial[m * vectors + v] = acc[m][v];
    return;
  }
  vector sums[PIXELS][VECTORS];
  HRN_UNROLL
  for (int m = 0; m < pixels; m++)
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) sums[m][v] = acc[m][v];
  finish_tile(sums, pixels, vectors, a, tile);
}

#if HAS_TURNS
/// The rest of a tile's window and its outputs, pixel by pixel.
HRN_INLINE void take_turns(vector acc[PIXELS][VECTORS], const arguments *a, const hrn_tile *tile, place rest,
                           int has_residual, int kind) {
  const turns t = turns_of(a, tile, has_residual);
  HRN_UNROLL
  for (int m = 0; m < PIXELS; m++) {
    HRN_UNROLL
    for (int k = 0; k < TURN_STEPS; k++)
      add_row_in_memory(acc[m], rest.x + m * PIXEL_STEP + k * K_STEP, rest.w + k * VECTORS * VECTOR_LANES * K_STEP);
    finish_pixel(&t, acc[m], m, has_residual, kind);
    HRN_IN_ORDER;
  }
}

/// Whole tiles that follow one another in a row and are finished in turns: a function of its own, lest it change how a
/// compiler uses registers in others.
static __attribute__((noinline)) void run_in_turns(const arguments *a, hrn_tile *tile, int kind) {
  const runs r = runs_of(a, tile, VECTORS);
  for (int32_t left = tile->count; left > 0; left--, hrn_next_tile(tile)) {
    vector acc[PIXELS][VECTORS];
    begin_tile(acc, PIXELS, VECTORS, a, tile);
    const place rest = add_runs(acc, PIXELS, VECTORS, a, tile, &r, TURN_STEPS);
    if (TURN_KINDS == 1 || kind == 0) {
      if (a->residual) take_turns(acc, a, tile, rest, 1, 0);
      else take_turns(acc, a, tile, rest, 0, 0);
    } else {
      if (a->residual) take_turns(acc, a, tile, rest, 1, 1);
      else take_turns(acc, a, tile, rest, 0, 1);
    }
  }
}
#endif

/// Tiles that follow one another in a row.
HRN_INLINE void run_tiles(const arguments *a, hrn_tile *tile, int pixels, int vectors) {
  const int are_runs = has_runs(a, tile, vectors);
#if HAS_TURNS
  const int are_whole = pixels == PIXELS && vectors == VECTORS && tile->rows.end > tile->rows.first;
  const int are_long = a->shape.kernel_width * a->shape.in_block >= TURN_STEPS * K_STEP;
  const int kind = are_runs && are_whole && are_long && tile->is_last ? turn_kind(a, tile) : -1;
  if (kind >= 0) {
    run_in_turns(a, tile, kind);
    return;
  }
#endif
  const runs r = are_runs ? runs_of(a, tile, vectors) : (runs){0};
  for (int32_t left = tile->count; left > 0; left--) {
    vector acc[PIXELS][VECTORS];
    begin_tile(acc, pixels, vectors, a, tile);
    if (are_runs) add_runs(acc, pixels, vectors, a, tile, &r, 0);
    else add_window(acc, pixels, vectors, a, tile);
    end_tile(acc, pixels, vectors, a, tile);
    hrn_next_tile(tile);
  }
}

#define TILE(pixels, function, vectors) \
  static void function(const void *args, hrn_tile *tile) { run_tiles(args, tile, pixels, vectors); }
/// Defines a table of tiles of 1 to PIXELS positions.
#define TILES(table, vectors) HRN_INSTANCES(hrn_tile_function, table, PIXELS, TILE, vectors)
