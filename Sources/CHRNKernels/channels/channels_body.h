// Kernels that know channels: moved between layouts, scaled, normalised by their neighbours, constrained by a tree. A file
// per tier includes this with HRN_NAME(kernel) giving that tier's name of a kernel. The formulas are in hrn_kernels.h.

/// Copies elements of `size` bytes as they are.
static void copy_elements(const hrn_channel_copy *s, const char *x, char *y, size_t size) {
  const int64_t bytes = (int64_t)size;
  for (int32_t c = 0, run; c < s->channels; c += run) {
    const int32_t from = (s->in_first + c) % s->in.block, to = (s->out_first + c) % s->out.block;
    run = hrn_min_i32(s->channels - c, hrn_min_i32(s->in.block - from, s->out.block - to));
    char *out = y + ((s->out_first + c) / s->out.block * s->out.block_stride + to) * bytes;
    const char *in = x ? x + ((s->in_first + c) / s->in.block * s->in.block_stride + from) * bytes : x;
    for (int32_t row = 0; row < s->height; row++)
      for (int32_t column = 0; column < s->width; column++) {
        char *target = out + (row * s->out.row_stride + column * s->out.pixel_stride) * bytes;
        const int64_t place = row * s->in.row_stride + column * s->in.pixel_stride;
        if (in) memcpy(target, in + place * bytes, (size_t)run * size);
        else memset(target, 0, (size_t)run * size);
      }
  }
}

void HRN_NAME(copy_channels_f32)(const hrn_channel_copy *s, const float *x, float *y) {
  copy_elements(s, (const char *)x, (char *)y, sizeof *y);
}

void HRN_NAME(copy_channels_bf16)(const hrn_channel_copy *s, const uint16_t *x, uint16_t *y) {
  copy_elements(s, (const char *)x, (char *)y, sizeof *y);
}

void HRN_NAME(copy_channels_u8)(const hrn_channel_copy *s, const uint8_t *x, const uint8_t *table, uint8_t *y) {
  for (int32_t c = 0, run; c < s->channels; c += run) {
    const int32_t from = (s->in_first + c) % s->in.block, to = (s->out_first + c) % s->out.block;
    run = hrn_min_i32(s->channels - c, hrn_min_i32(s->in.block - from, s->out.block - to));
    uint8_t *out = y + (s->out_first + c) / s->out.block * s->out.block_stride + to;
    const uint8_t *in = x + (s->in_first + c) / s->in.block * s->in.block_stride + from;
    for (int32_t row = 0; row < s->height; row++)
      for (int32_t column = 0; column < s->width; column++) {
        uint8_t *target = out + row * s->out.row_stride + column * s->out.pixel_stride;
        const uint8_t *source = in + row * s->in.row_stride + column * s->in.pixel_stride;
        if (table) for (int32_t k = 0; k < run; k++) target[k] = table[source[k]];
        else memcpy(target, source, (size_t)run);
      }
  }
}

void HRN_NAME(lookup_u8)(const uint8_t *x, const uint8_t *table, uint8_t *y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = table[x[i]];
}

void HRN_NAME(dequantize_pixels_u8)(const uint8_t *x, int32_t height, int32_t width, int32_t channels, int64_t pitch,
                                    const float *zero, const float *scale, hrn_channels out, float *y) {
  for (int32_t row = 0; row < height; row++)
    for (int32_t column = 0; column < width; column++)
      for (int32_t c = 0; c < channels; c++)
        y[c / out.block * out.block_stride + row * out.row_stride + column * out.pixel_stride + c % out.block] =
            ((float)x[row * pitch + column * channels + c] - zero[c]) * scale[c];
}

void HRN_NAME(scale_shift_f32)(const float *x, const float *scale, const float *shift, float *y, int32_t lanes,
                               int64_t positions) {
  for (int64_t p = 0; p < positions; p++)
    for (int32_t k = 0; k < lanes; k++) y[p * lanes + k] = x[p * lanes + k] * scale[k] + shift[k];
}

void HRN_NAME(scale_shift_u8)(const uint8_t *x, const float *scale, const float *shift, float low, float high,
                              uint8_t *y, int32_t lanes, int64_t positions) {
  for (int64_t p = 0; p < positions; p++)
    for (int32_t k = 0; k < lanes; k++)
      y[p * lanes + k] = (uint8_t)hrn_quantize((float)x[p * lanes + k] * scale[k] + shift[k], low, high);
}

void HRN_NAME(local_response_norm_f32)(const float *x, int32_t channels, int32_t height, int32_t width,
                                       hrn_channels layout, int32_t size, float alpha, float beta, float bias,
                                       float *y) {
  const double share = (double)alpha / size;
  for (int32_t c = 0; c < channels; c++) {
    const int32_t first = hrn_max_i32(0, c - (size - 1) / 2);
    const int32_t last = hrn_min_i32(channels - 1, size / 2 > channels ? channels : c + size / 2);
    for (int32_t row = 0; row < height; row++)
      for (int32_t column = 0; column < width; column++) {
        const int64_t place = row * layout.row_stride + column * layout.pixel_stride;
        double energy = 0;
        for (int32_t i = first; i <= last; i++) {
          const double value = x[i / layout.block * layout.block_stride + i % layout.block + place];
          energy += value * value;
        }
        const int64_t index = c / layout.block * layout.block_stride + c % layout.block + place;
        y[index] = (float)(x[index] * hrn_exp(-(double)beta * hrn_log(bias + share * energy)));
      }
  }
}

void HRN_NAME(tree_max_f32)(const float *x, const int32_t *parents, float *y, int64_t n) {
  if (y != x) memcpy(y, x, (size_t)n * sizeof *y);
  for (int64_t i = n - 1; i >= 0; i--)
    if (parents[i] >= 0 && y[i] > y[parents[i]]) y[parents[i]] = y[i];
}

void HRN_NAME(tree_min_f32)(const float *x, const int32_t *parents, float *y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = parents[i] >= 0 && y[parents[i]] < x[i] ? y[parents[i]] : x[i];
}
