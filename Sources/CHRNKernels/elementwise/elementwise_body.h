// Elementwise kernels, in loops that compilers vectorise. A file per tier includes this with HRN_NAME(kernel) giving
// that tier's name of a kernel. The formulas are in hrn_kernels.h.

void HRN_NAME(add_f32)(const float *a, const float *b, float *y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = a[i] + b[i];
}

void HRN_NAME(add_bf16)(const uint16_t *a, const uint16_t *b, float low, float high, uint16_t *y, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    y[i] = hrn_bf16_of_float(hrn_clamp(hrn_float_of_bf16(a[i]) + hrn_float_of_bf16(b[i]), low, high));
}

void HRN_NAME(bf16_of_f32)(const float *x, uint16_t *y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = hrn_bf16_of_float(x[i]);
}

void HRN_NAME(f32_of_bf16)(const uint16_t *x, float *y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = hrn_float_of_bf16(x[i]);
}

void HRN_NAME(add_u8)(const uint8_t *a, float a_zero, float a_multiplier, const uint8_t *b, float b_zero,
                      float b_multiplier, uint8_t *y, float y_zero, float low, float high, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    const float scaled_a = ((float)a[i] - a_zero) * a_multiplier, scaled_b = ((float)b[i] - b_zero) * b_multiplier;
    y[i] = (uint8_t)hrn_quantize((scaled_a + scaled_b) + y_zero, low, high);
  }
}

void HRN_NAME(quantize_u8)(const float *x, float multiplier, float zero, float low, float high, uint8_t *y,
                           int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = (uint8_t)hrn_quantize(x[i] * multiplier + zero, low, high);
}

void HRN_NAME(dequantize_u8)(const uint8_t *x, float zero, float scale, float *y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = ((float)x[i] - zero) * scale;
}

void HRN_NAME(dequantize_i32)(const int32_t *acc, const float *multiplier, const float *addend, float *y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = (float)acc[i] * multiplier[i] + (addend ? addend[i] : 0.0f);
}

void HRN_NAME(clamp_f32)(const float *x, float low, float high, float *y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = hrn_clamp(x[i], low, high);
}

void HRN_NAME(leaky_relu_f32)(const float *x, float alpha, float *y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = x[i] > 0 ? x[i] : alpha * x[i];
}

void HRN_NAME(hard_sigmoid_f32)(const float *x, float alpha, float beta, float *y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = hrn_clamp(x[i] * alpha + beta, 0.0f, 1.0f);
}

void HRN_NAME(hard_swish_f32)(const float *x, float *y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = x[i] * hrn_clamp(x[i] * 0x1.555556p-3f + 0.5f, 0.0f, 1.0f);
}

void HRN_NAME(elu_f32)(const float *x, float alpha, float *y, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    const float negative = (float)(alpha * hrn_expm1(x[i]));
    y[i] = x[i] > 0 ? x[i] : negative;
  }
}

void HRN_NAME(sigmoid_f32)(const float *x, float *y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = (float)(1.0 / (1.0 + hrn_exp(-(double)x[i])));
}

void HRN_NAME(tanh_f32)(const float *x, float *y, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    const double e = hrn_expm1(2.0 * x[i]);
    y[i] = (float)(e / (e + 2.0));
  }
}

void HRN_NAME(softmax_f32)(const float *x, float *y, int64_t n) {
  if (n <= 0) return;
  float greatest = x[0];
  for (int64_t i = 1; i < n; i++) greatest = x[i] > greatest ? x[i] : greatest;
  for (int64_t i = 0; i < n; i++) y[i] = (float)hrn_exp((double)x[i] - greatest);
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += y[i];
  for (int64_t i = 0; i < n; i++) y[i] = (float)(y[i] / sum);
}

void HRN_NAME(pad_pixels_u8)(const uint8_t *image, int32_t height, int32_t width, int32_t channels, int32_t border,
                             int64_t pitch, uint8_t *y) {
  const size_t margin = (size_t)border * (size_t)channels, length = (size_t)width * (size_t)channels;
  memset(y, 0, (size_t)(border * pitch));
  for (int32_t row = 0; row < height; row++) {
    uint8_t *out = y + (border + row) * pitch;
    memset(out, 0, margin);
    memcpy(out + margin, image + (size_t)row * length, length);
    memset(out + margin + length, 0, (size_t)pitch - margin - length);
  }
  memset(y + (border + height) * pitch, 0, (size_t)(border * pitch));
}

void HRN_NAME(pad_pixels_f32)(const uint8_t *image, int32_t height, int32_t width, int32_t channels, int32_t border,
                              int64_t pitch, float scale, const float *mean, const float *std, float *y) {
  const size_t margin = (size_t)border * (size_t)channels, length = (size_t)width * (size_t)channels;
  memset(y, 0, (size_t)(border * pitch) * sizeof *y);
  for (int32_t row = 0; row < height; row++) {
    const uint8_t *in = image + (size_t)row * length;
    float *out = y + (border + row) * pitch;
    memset(out, 0, margin * sizeof *y);
    for (int32_t ch = 0; ch < channels; ch++)
      for (size_t i = (size_t)ch; i < length; i += (size_t)channels)
        out[margin + i] = ((float)in[i] * scale - mean[ch]) / std[ch];
    memset(out + margin + length, 0, ((size_t)pitch - margin - length) * sizeof *y);
  }
  memset(y + (border + height) * pitch, 0, (size_t)(border * pitch) * sizeof *y);
}

void HRN_NAME(pad_pixels_bf16)(const uint8_t *image, int32_t height, int32_t width, int32_t channels, int32_t border,
                               int64_t pitch, const uint16_t *numbers, const uint16_t *zeros, uint16_t *y) {
  const size_t margin = (size_t)border * (size_t)channels, length = (size_t)width * (size_t)channels;
  const size_t row_bytes = (size_t)pitch * sizeof *y;
  memset(y, 0, row_bytes);
  for (size_t i = 0; i < length + 2 * margin; i++) y[i] = zeros[i % (size_t)channels];
  for (int32_t row = 1; row < height + 2 * border; row++) memcpy(y + row * pitch, y, row_bytes);
  for (int32_t row = 0; row < height; row++) {
    const uint8_t *in = image + (size_t)row * length;
    uint16_t *out = y + (border + row) * pitch + margin;
    for (int32_t ch = 0; ch < channels; ch++)
      for (size_t i = (size_t)ch; i < length; i += (size_t)channels) out[i] = numbers[256 * ch + in[i]];
  }
}
