// The register tile that every vectorised convolution shares. A file per tier and precision defines what is its own
// and includes this:
//
//   arguments, element, weight        hrn_conv2d_i8 or hrn_conv2d_f32, and the types of its tensors
//   vector                            one vector of accumulators
//   PIXELS, VECTORS, K_STEP           the tile, at most; k per step of the inner loop
//   weight_row, load_row, add_row     one k step's weights; their products with one pixel's input
//   start_tile                        biases in
//   finish_tile                       sums out of memory, [pixels][VECTORS] vectors, and on to the output
//
// All but finish_tile is inlined into an instance per tile size, where `pixels` and `vectors` are constants and the
// accumulators are registers.

/// Pixels [first, end) of one tap: `count` steps of K_STEP inputs each. x is the tap of pixel `first`.
HRN_INLINE void add_tap(vector acc[PIXELS][VECTORS], int first, int end, int vectors, const element *x,
                        int64_t pixel_step, const weight *w, int64_t row_step, int32_t count) {
  for (int32_t k = 0; k < count; k++) {
    const weight_row row = load_row(w, vectors);
    HRN_UNROLL
    for (int m = first; m < end; m++) add_row(acc[m], vectors, x + (m - first) * pixel_step, &row, w);
    x += K_STEP;
    w += row_step;
  }
}

/// One tap at the left or right edge, where only `inside` of the pixels have it. One pixel missing on either side is
/// what a 3x3 meets, and has loops of its own.
HRN_INLINE void add_edge_tap(vector acc[PIXELS][VECTORS], hrn_range inside, int pixels, int vectors,
                             const element *x, int64_t pixel_step, const weight *w, int64_t row_step, int32_t count) {
  if (inside.first == 0 && inside.end == pixels)
    add_tap(acc, 0, pixels, vectors, x, pixel_step, w, row_step, count);
  else if (inside.first == 1 && inside.end == pixels)
    add_tap(acc, 1, pixels, vectors, x, pixel_step, w, row_step, count);
  else if (inside.first == 0 && inside.end == pixels - 1)
    add_tap(acc, 0, pixels - 1, vectors, x, pixel_step, w, row_step, count);
  else
    HRN_UNROLL
    for (int m = 0; m < pixels; m++)
      if (inside.first <= m && m < inside.end)
        add_tap(acc, m, m + 1, vectors, x + (m - inside.first) * pixel_step, pixel_step, w, row_step, count);
}

/// The whole window of every pixel, in the order input block, tap row, tap column, k.
HRN_INLINE void add_window(vector acc[PIXELS][VECTORS], int pixels, int vectors, const arguments *a,
                           const hrn_tile *tile) {
  const hrn_conv2d_shape *s = &a->shape;
  const int64_t pixel_step = s->stride_x * s->in_pixel_stride, row_step = (int64_t)tile->group_lanes * K_STEP;
  const int64_t tap_step = (int64_t)tile->group_lanes * s->in_block;
  const int32_t iy0 = tile->oy * s->stride_y - s->pad_top, ix0 = tile->ox * s->stride_x - s->pad_left;
  const int32_t count = s->in_block / K_STEP;
  for (int32_t block = 0; block < s->in_blocks; block++)
    for (int32_t ky = tile->rows.first; ky < tile->rows.end; ky++) {
      const int64_t iy = iy0 + (int64_t)ky * s->dilation_y;
      const element *row = a->input + tile->input + block * s->in_block_stride + iy * s->in_row_stride;
      const int64_t tap = ((int64_t)block * s->kernel_height + ky) * s->kernel_width;
      const weight *w = a->weights + tile->weights + tap * tap_step;
      for (int32_t kx = 0; kx < s->kernel_width; kx++, w += tap_step) {
        if (tile->is_interior) {
          const int64_t ix = ix0 + (int64_t)kx * s->dilation_x;
          add_tap(acc, 0, pixels, vectors, row + ix * s->in_pixel_stride, pixel_step, w, row_step, count);
          continue;
        }
        const hrn_range inside = hrn_pixels_inside(s, tile, kx);
        const int64_t ix = ix0 + (int64_t)kx * s->dilation_x + (int64_t)inside.first * s->stride_x;
        add_edge_tap(acc, inside, pixels, vectors, row + ix * s->in_pixel_stride, pixel_step, w, row_step, count);
      }
    }
}

HRN_INLINE void run_tile(const arguments *a, const hrn_tile *tile, int pixels, int vectors) {
  vector acc[PIXELS][VECTORS], sums[PIXELS][VECTORS];
  start_tile(acc, pixels, vectors, a, tile);
  add_window(acc, pixels, vectors, a, tile);
  HRN_UNROLL
  for (int m = 0; m < pixels; m++)
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) sums[m][v] = acc[m][v];
  finish_tile(sums, pixels, vectors, a, tile);
}

/// Defines the instance for one tile size.
#define TILE(pixels, vectors)                                                                         \
  static void tile_##pixels##x##vectors(const void *args, const hrn_tile *tile) {                     \
    run_tile(args, tile, pixels, vectors);                                                            \
  }
