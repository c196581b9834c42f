// The int8 convolution as the contract states it, one output position at a time.
#include "../common/conv2d_geometry.h"
#include "../tiers.h"

/// sums[lane] += the dot product of four activations with four weights of every lane. Sums wrap, as vectors do.
static void add_dot4(uint32_t *sums, const uint8_t *x, const int8_t *w, int32_t lanes) {
  for (int32_t lane = 0; lane < lanes; lane++) {
    const int8_t *v = w + 4 * lane;
    sums[lane] += (uint32_t)(x[0] * v[0] + x[1] * v[1] + x[2] * v[2] + x[3] * v[3]);
  }
}

/// sums[lane] = bias[lane] + the sum over the window of (oy, ox). input and w are those of this group.
static void sum_window(const hrn_conv2d_i8 *a, const uint8_t *input, const int8_t *w, int32_t lanes,
                       const int32_t *bias, int32_t oy, int32_t ox, uint32_t *sums) {
  const hrn_conv2d_shape *s = &a->shape;
  const int32_t iy0 = oy * s->stride_y - s->pad_top, ix0 = ox * s->stride_x - s->pad_left;
  const hrn_range rows = hrn_taps_inside(iy0, s->kernel_height, s->dilation_y, s->in_height);
  const hrn_range columns = hrn_taps_inside(ix0, s->kernel_width, s->dilation_x, s->in_width);
  for (int32_t lane = 0; lane < lanes; lane++) sums[lane] = (uint32_t)bias[lane];
  for (int32_t block = 0; block < s->in_blocks; block++)
    for (int32_t ky = rows.first; ky < rows.end; ky++)
      for (int32_t kx = columns.first; kx < columns.end; kx++) {
        const int64_t iy = iy0 + (int64_t)ky * s->dilation_y, ix = ix0 + (int64_t)kx * s->dilation_x;
        const uint8_t *x = input + block * s->in_block_stride + iy * s->in_row_stride + ix * s->in_pixel_stride;
        const int64_t tap = ((int64_t)block * s->kernel_height + ky) * s->kernel_width + kx;
        for (int32_t k = 0; k < s->in_block; k += 4) add_dot4(sums, x + k, w + (tap * s->in_block + k) * lanes, lanes);
      }
}

void hrn_conv2d_i8_scalar(const hrn_conv2d_i8 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  const hrn_conv2d_shape *s = &a->shape;
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, s->out_channels, group0, group1);
  for (int32_t group = group0; group < group1; group++) {
    const int32_t c0 = group * HRN_GROUP_LANES, lanes = hrn_group_lanes(s->out_channels, group);
    const int8_t *w = a->weights + c0 * hrn_depth(s);
    const uint8_t *input = a->input + hrn_first_block(s, group) * s->in_block_stride;
    for (int32_t oy = row0; oy < row1; oy++)
      for (int32_t ox = 0; ox < s->out_width; ox++) {
        uint32_t sums[HRN_GROUP_LANES];
        sum_window(a, input, w, lanes, hrn_bias_at(a, oy, ox) + c0, oy, ox, sums);
        for (int32_t lane = 0; lane < lanes; lane++) {
          const int64_t offset = hrn_output_offset(s, oy, ox, c0 + lane);
          const int32_t y = hrn_requantize(a, (int32_t)sums[lane], c0 + lane, offset);
          if (a->pool_sums) a->pool_sums[c0 + lane] += y;
          else a->output[offset] = (uint8_t)y;
        }
      }
  }
}
