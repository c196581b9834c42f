// Depthwise convolutions as the contract states them, one channel of one output position at a time.
#include "../common/bf16.h"
#include "../common/conv2d_geometry.h"
#include "../tiers.h"
#include <math.h>

/// The window of one output position, and where in memory its channel c begins.
typedef struct {
  hrn_range rows, columns;
  int64_t input;           // of tap (0, 0), which may lie outside
  int64_t row_step, column_step;
} window;

static window window_at(const hrn_conv2d_shape *s, int32_t oy, int32_t ox, int32_t c) {
  const int64_t iy0 = (int64_t)oy * s->stride_y - s->pad_top, ix0 = (int64_t)ox * s->stride_x - s->pad_left;
  return (window){
      .rows = hrn_taps_inside((int32_t)iy0, s->kernel_height, s->dilation_y, s->in_height),
      .columns = hrn_taps_inside((int32_t)ix0, s->kernel_width, s->dilation_x, s->in_width),
      .input = hrn_input_lane(s, c) + iy0 * s->in_row_stride + ix0 * s->in_pixel_stride,
      .row_step = s->dilation_y * s->in_row_stride,
      .column_step = s->dilation_x * s->in_pixel_stride,
  };
}

void hrn_depthwise2d_i8_scalar(const hrn_conv2d_i8 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  const hrn_conv2d_shape *s = &a->shape;
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, s->out_channels, group0, group1);
  for (int32_t group = group0; group < group1; group++) {
    const int32_t c0 = group * HRN_GROUP_LANES, lanes = hrn_group_lanes(s->out_channels, group);
    const int8_t *w = a->weights + c0 * hrn_depth(s);
    for (int32_t oy = row0; oy < row1; oy++)
      for (int32_t ox = 0; ox < s->out_width; ox++)
        for (int32_t lane = 0; lane < lanes; lane++) {
          const int32_t c = c0 + lane;
          const window at = window_at(s, oy, ox, c);
          uint32_t sum = (uint32_t)hrn_bias_at(a, oy, ox)[c];
          for (int32_t ky = at.rows.first; ky < at.rows.end; ky++)
            for (int32_t kx = at.columns.first; kx < at.columns.end; kx++) {
              const int64_t tap = (int64_t)ky * s->kernel_width + kx;
              sum += (uint32_t)(a->input[at.input + ky * at.row_step + kx * at.column_step] * w[tap * lanes + lane]);
            }
          const int64_t offset = hrn_output_offset(s, oy, ox, c);
          const int32_t y = hrn_requantize(a, (int32_t)sum, c, offset);
          if (a->pool_sums) a->pool_sums[c] += y;
          else a->output[offset] = (uint8_t)y;
        }
  }
}

void hrn_depthwise2d_f32_scalar(const hrn_conv2d_f32 *a, int32_t group0, int32_t group1, int32_t row0, int32_t row1) {
  const hrn_conv2d_shape *s = &a->shape;
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, s->out_channels, group0, group1);
  for (int32_t group = group0; group < group1; group++) {
    const int32_t c0 = group * HRN_GROUP_LANES, lanes = hrn_group_lanes(s->out_channels, group);
    const float *w = a->weights + c0 * hrn_depth(s);
    for (int32_t oy = row0; oy < row1; oy++)
      for (int32_t ox = 0; ox < s->out_width; ox++)
        for (int32_t lane = 0; lane < lanes; lane++) {
          const int32_t c = c0 + lane;
          const window at = window_at(s, oy, ox, c);
          float sum = a->bias[c];
          for (int32_t ky = at.rows.first; ky < at.rows.end; ky++)
            for (int32_t kx = at.columns.first; kx < at.columns.end; kx++) {
              const int64_t tap = (int64_t)ky * s->kernel_width + kx;
              sum = fmaf(a->input[at.input + ky * at.row_step + kx * at.column_step], w[tap * lanes + lane], sum);
            }
          const int64_t offset = hrn_output_offset(s, oy, ox, c);
          const float y = hrn_clamp(a->residual ? sum + a->residual[offset] : sum, a->low, a->high);
          if (a->pool_sums) a->pool_sums[c] += y;
          else a->output[offset] = y;
        }
  }
}

void hrn_depthwise2d_bf16_scalar(const hrn_conv2d_bf16 *a, int32_t group0, int32_t group1, int32_t row0,
                                 int32_t row1) {
  const hrn_conv2d_shape *s = &a->shape;
  if (a->pool_sums) hrn_clear_sums(a->pool_sums, s->out_channels, group0, group1);
  for (int32_t group = group0; group < group1; group++) {
    const int32_t c0 = group * HRN_GROUP_LANES, lanes = hrn_group_lanes(s->out_channels, group);
    const uint16_t *w = a->weights + c0 * hrn_depth(s);
    for (int32_t oy = row0; oy < row1; oy++)
      for (int32_t ox = 0; ox < s->out_width; ox++)
        for (int32_t lane = 0; lane < lanes; lane++) {
          const int32_t c = c0 + lane;
          const window at = window_at(s, oy, ox, c);
          float sum = a->bias[c];
          for (int32_t ky = at.rows.first; ky < at.rows.end; ky++)
            for (int32_t kx = at.columns.first; kx < at.columns.end; kx++) {
              const int64_t tap = (int64_t)ky * s->kernel_width + kx;
              const float x = hrn_float_of_bf16(a->input[at.input + ky * at.row_step + kx * at.column_step]);
              sum = fmaf(x, hrn_float_of_bf16(w[tap * lanes + lane]), sum);
            }
          const int64_t offset = hrn_output_offset(s, oy, ox, c);
          if (a->residual) sum = sum + hrn_float_of_bf16(a->residual[offset]);
          const float y = hrn_clamp(sum, a->low, a->high);
          if (a->pool_sums) a->pool_sums[c] += y;
          else a->output[offset] = hrn_bf16_of_float(y);
        }
  }
}
