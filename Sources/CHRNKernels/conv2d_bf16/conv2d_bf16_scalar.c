// The bfloat16 convolution as the contract states it, one output position at a time.
#include "../common/bf16.h"
#include "../common/conv2d_geometry.h"
#include "../tiers.h"
#include <math.h>

/// acc[lane] = bias[lane], then two fused multiply-adds for every pair of k of the window of (oy, ox), the second of the
/// pair first. input and w are those of this group.
static void sum_window(const hrn_conv2d_bf16 *a, const uint16_t *input, const uint16_t *w, int32_t lanes,
                       const float *bias, int32_t oy, int32_t ox, float *acc) {
  const hrn_conv2d_shape *s = &a->shape;
  const int32_t iy0 = oy * s->stride_y - s->pad_top, ix0 = ox * s->stride_x - s->pad_left;
  const hrn_range rows = hrn_taps_inside(iy0, s->kernel_height, s->dilation_y, s->in_height);
  const hrn_range columns = hrn_taps_inside(ix0, s->kernel_width, s->dilation_x, s->in_width);
  for (int32_t lane = 0; lane < lanes; lane++) acc[lane] = bias[lane];
  for (int32_t block = 0; block < s->in_blocks; block++)
    for (int32_t ky = rows.first; ky < rows.end; ky++)
      for (int32_t kx = columns.first; kx < columns.end; kx++) {
        const int64_t iy = iy0 + (int64_t)ky * s->dilation_y, ix = ix0 + (int64_t)kx * s->dilation_x;
        const uint16_t *x = input + block * s->in_block_stride + iy * s->in_row_stride + ix * s->in_pixel_stride;
        const int64_t tap = ((int64_t)block * s->kernel_height + ky) * s->kernel_width + kx;
        for (int32_t k = 0; k < s->in_block; k += 2) {
          const uint16_t *pairs = w + (tap * s->in_block + k) * lanes;
          const float first = hrn_float_of_bf16(x[k + 1]), second = hrn_float_of_bf16(x[k]);
          for (int32_t lane = 0; lane < lanes; lane++) {
            const float sum = fmaf(first, hrn_float_of_bf16(pairs[2 * lane + 1]), acc[lane]);
            acc[lane] = fmaf(second, hrn_float_of_bf16(pairs[2 * lane]), sum);
          }
        }
      }
}

void hrn_conv2d_bf16_scalar(const hrn_conv2d_bf16 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  const hrn_conv2d_shape *s = &a->shape;
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, s->out_channels, group0, group1);
  for (int32_t group = group0; group < group1; group++) {
    const int32_t c0 = group * HRN_GROUP_LANES, lanes = hrn_group_lanes(s->out_channels, group);
    const uint16_t *w = a->weights + c0 * hrn_depth(s);
    const uint16_t *input = a->input + hrn_first_block(s, group) * s->in_block_stride;
    for (int32_t oy = row0; oy < row1; oy++)
      for (int32_t ox = 0; ox < s->out_width; ox++) {
        float acc[HRN_GROUP_LANES];
        sum_window(a, input, w, lanes, a->bias + c0, oy, ox, acc);
        for (int32_t lane = 0; lane < lanes; lane++) {
          const int64_t offset = hrn_output_offset(s, oy, ox, c0 + lane);
          const float sum = a->residual ? acc[lane] + hrn_float_of_bf16(a->residual[offset]) : acc[lane];
          const float y = hrn_clamp(sum, a->low, a->high);
          if (a->pool_sums) a->pool_sums[c0 + lane] += y;
          else a->output[offset] = hrn_bf16_of_float(y);
        }
      }
  }
}
