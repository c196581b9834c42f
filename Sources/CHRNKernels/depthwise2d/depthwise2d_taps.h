// What a tile of a vectorised depthwise convolution multiplies: 16 channels of neighbouring output positions. Included
// behind arguments, element and weight, which are as in conv2d_tile.h.
//
// A tile's positions have all tap columns, or the tile is one position: then its columns are those inside.

/// A window's taps that lie inside the input, for every position of a tile.
typedef struct {
  const element *x;                 // the first tap of the first position
  const weight *w;
  int32_t rows, columns;
  int64_t pixel_step;               // from a position to the next, in x
  int64_t column_step, row_step;    // from a tap to the next, in x
  int64_t weight_step, weight_row;  // the same in w
} taps;

HRN_INLINE taps taps_of(const arguments *a, const hrn_tile *tile) {
  const hrn_conv2d_shape *s = &a->shape;
  const int64_t iy0 = (int64_t)tile->oy * s->stride_y - s->pad_top, ix0 = (int64_t)tile->ox * s->stride_x - s->pad_left;
  const hrn_range columns = tile->is_interior
      ? (hrn_range){0, s->kernel_width} : hrn_taps_inside((int32_t)ix0, s->kernel_width, s->dilation_x, s->in_width);
  const int64_t iy = iy0 + (int64_t)tile->rows.first * s->dilation_y, ix = ix0 + (int64_t)columns.first * s->dilation_x;
  const int64_t tap = (int64_t)tile->rows.first * s->kernel_width + columns.first;
  return (taps){
      .x = a->input + hrn_input_lane(s, tile->channel) + iy * s->in_row_stride + ix * s->in_pixel_stride,
      .w = (const weight *)tile->weights + tap * tile->weight_lanes,
      .rows = tile->rows.end - tile->rows.first,
      .columns = columns.end - columns.first,
      .pixel_step = s->stride_x * s->in_pixel_stride,
      .column_step = s->dilation_x * s->in_pixel_stride,
      .row_step = s->dilation_y * s->in_row_stride,
      .weight_step = tile->weight_lanes,
      .weight_row = (int64_t)s->kernel_width * tile->weight_lanes,
  };
}
