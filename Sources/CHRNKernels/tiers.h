// Every kernel of every tier, for tiers.c to choose from. Contracts are in hrn_kernels.h.
#pragma once
#include "hrn_kernels.h"

/// Whether the vector tiers of x86 are there: on such a CPU, and wherever instructions are emulated.
#if defined(__x86_64__) || defined(HRN_EMULATED)
#define HRN_HAS_X86_TIERS 1
#else
#define HRN_HAS_X86_TIERS 0
#endif

/// Whether those of AArch64 are: likewise.
#if defined(__aarch64__) && !defined(__AARCH64EB__) || defined(HRN_EMULATED)
#define HRN_HAS_ARM_TIERS 1
#else
#define HRN_HAS_ARM_TIERS 0
#endif

/// Declares what one tier may replace, family by family: the kernels' signatures, each stated once.
#define HRN_DECLARE_CONV2D_I8(tier)                                                                               \
  void hrn_conv2d_i8_##tier(const hrn_conv2d_i8 *args, int32_t group0, int32_t group1, int32_t row0, int32_t row1);
#define HRN_DECLARE_CONV2D_F32(tier)                                                                              \
  void hrn_conv2d_f32_##tier(const hrn_conv2d_f32 *args, int32_t group0, int32_t group1, int32_t row0, int32_t row1);
#define HRN_DECLARE_CONV2D_BF16(tier)                                                                             \
  void hrn_conv2d_bf16_##tier(const hrn_conv2d_bf16 *args, int32_t group0, int32_t group1, int32_t row0, int32_t row1);
#define HRN_DECLARE_WINOGRAD_F32(tier)                                                                            \
  void hrn_winograd_input_f32_##tier(const hrn_conv2d_f32 *args, int32_t block0, int32_t block1, int32_t row0,    \
                                     int32_t row1, float *v);                                                     \
  void hrn_winograd_f32_##tier(const hrn_conv2d_f32 *args, int32_t group0, int32_t group1, int32_t row0,          \
                               int32_t row1, const float *v, void *scratch);                                       \
  void hrn_winograd_input_bf16_##tier(const hrn_conv2d_bf16 *args, int32_t block0, int32_t block1, int32_t row0,  \
                                      int32_t row1, float *v);                                                    \
  void hrn_winograd_bf16_##tier(const hrn_conv2d_bf16 *args, int32_t group0, int32_t group1, int32_t row0,        \
                                int32_t row1, const float *v, void *scratch);
#define HRN_DECLARE_DEPTHWISE2D(tier)                                                                             \
  void hrn_depthwise2d_i8_##tier(const hrn_conv2d_i8 *args, int32_t, int32_t, int32_t, int32_t);                  \
  void hrn_depthwise2d_f32_##tier(const hrn_conv2d_f32 *args, int32_t, int32_t, int32_t, int32_t);                \
  void hrn_depthwise2d_bf16_##tier(const hrn_conv2d_bf16 *args, int32_t, int32_t, int32_t, int32_t);
#define HRN_DECLARE_WINOGRAD_INPUT_I8(tier)                                                                       \
  void hrn_winograd_input_i8_##tier(const hrn_conv2d_i8 *args, int32_t block0, int32_t block1, int32_t row0,       \
                                    int32_t row1, int16_t *v);
#define HRN_DECLARE_WINOGRAD_I8(tier)                                                                             \
  void hrn_winograd_i8_##tier(const hrn_conv2d_i8 *args, int32_t group0, int32_t group1, int32_t row0, int32_t row1, \
                              const int16_t *v, void *scratch);
#define HRN_DECLARE_WINOGRAD8_INPUT(tier)                                                                         \
  void hrn_winograd8_input_##tier(const hrn_winograd8 *args, int32_t block0, int32_t block1, uint8_t *v);
#define HRN_DECLARE_WINOGRAD8(tier)                                                                               \
  void hrn_winograd8_##tier(const hrn_winograd8 *args, int32_t group0, int32_t group1, const uint8_t *v,          \
                            void *scratch);
#define HRN_DECLARE_LINEAR_I8(tier)                                                                               \
  void hrn_linear_i8_##tier(const uint8_t *x, const int8_t *weights, const int32_t *bias, int32_t *acc,           \
                            int32_t depth, int32_t outputs, int32_t group0, int32_t group1);
#define HRN_DECLARE_LINEAR_F32(tier)                                                                              \
  void hrn_linear_f32_##tier(const float *x, const float *weights, const float *initial, float *acc,              \
                             int32_t depth, int32_t outputs, int32_t group0, int32_t group1);
#define HRN_DECLARE_POOL(tier)                                                                                    \
  void hrn_max_pool_u8_##tier(const hrn_pool2d_shape *s, const uint8_t *x, uint8_t *y, int32_t, int32_t);         \
  void hrn_max_pool_f32_##tier(const hrn_pool2d_shape *s, const float *x, float *y, int32_t, int32_t);            \
  void hrn_max_pool_bf16_##tier(const hrn_pool2d_shape *s, const uint16_t *x, uint16_t *y, int32_t, int32_t);     \
  void hrn_average_pool_bf16_##tier(const hrn_pool2d_shape *s, const uint16_t *x, uint16_t *y, int32_t, int32_t); \
  void hrn_sum_pool_bf16_##tier(const hrn_pool2d_shape *s, const uint16_t *x, float *sums, int32_t, int32_t);     \
  void hrn_average_pool_u8_##tier(const hrn_pool2d_shape *s, const uint8_t *x, int32_t zero, float multiplier,    \
                                  uint8_t *y, float y_zero, int32_t, int32_t);                                    \
  void hrn_average_pool_f32_##tier(const hrn_pool2d_shape *s, const float *x, float *y, int32_t, int32_t);        \
  void hrn_sum_pool_u8_##tier(const hrn_pool2d_shape *s, const uint8_t *x, int32_t *sums, int32_t, int32_t);      \
  void hrn_sum_pool_f32_##tier(const hrn_pool2d_shape *s, const float *x, float *sums, int32_t, int32_t);
#define HRN_DECLARE_ELEMENTWISE(tier)                                                                             \
  void hrn_add_f32_##tier(const float *a, const float *b, float *y, int64_t n);                                   \
  void hrn_add_bf16_##tier(const uint16_t *a, const uint16_t *b, float low, float high, uint16_t *y, int64_t n);  \
  void hrn_bf16_of_f32_##tier(const float *x, uint16_t *y, int64_t n);                                            \
  void hrn_f32_of_bf16_##tier(const uint16_t *x, float *y, int64_t n);                                            \
  void hrn_add_u8_##tier(const uint8_t *a, float a_zero, float a_multiplier, const uint8_t *b, float b_zero,      \
                         float b_multiplier, uint8_t *y, float y_zero, float low, float high, int64_t n);         \
  void hrn_quantize_u8_##tier(const float *x, float multiplier, float zero, float low, float high, uint8_t *y,    \
                              int64_t n);                                                                         \
  void hrn_dequantize_u8_##tier(const uint8_t *x, float zero, float scale, float *y, int64_t n);                  \
  void hrn_dequantize_i32_##tier(const int32_t *acc, const float *multiplier, const float *addend, float *y,      \
                                 int64_t n);                                                                      \
  void hrn_clamp_f32_##tier(const float *x, float low, float high, float *y, int64_t n);                          \
  void hrn_leaky_relu_f32_##tier(const float *x, float alpha, float *y, int64_t n);                               \
  void hrn_hard_sigmoid_f32_##tier(const float *x, float alpha, float beta, float *y, int64_t n);                 \
  void hrn_hard_swish_f32_##tier(const float *x, float *y, int64_t n);                                            \
  void hrn_elu_f32_##tier(const float *x, float alpha, float *y, int64_t n);                                      \
  void hrn_sigmoid_f32_##tier(const float *x, float *y, int64_t n);                                               \
  void hrn_tanh_f32_##tier(const float *x, float *y, int64_t n);                                                  \
  void hrn_softmax_f32_##tier(const float *x, float *y, int64_t n);                                               \
  void hrn_pad_pixels_u8_##tier(const uint8_t *image, int32_t height, int32_t width, int32_t channels,            \
                                int32_t border, int64_t pitch, uint8_t *y);                                       \
  void hrn_pad_pixels_f32_##tier(const uint8_t *image, int32_t height, int32_t width, int32_t channels,           \
                                 int32_t border, int64_t pitch, float scale, const float *mean, const float *std, \
                                 float *y);

#define HRN_DECLARE_CHANNELS(tier)                                                                                \
  void hrn_copy_channels_f32_##tier(const hrn_channel_copy *s, const float *x, float *y);                         \
  void hrn_copy_channels_bf16_##tier(const hrn_channel_copy *s, const uint16_t *x, uint16_t *y);                  \
  void hrn_copy_channels_u8_##tier(const hrn_channel_copy *s, const uint8_t *x, const uint8_t *table, uint8_t *y); \
  void hrn_lookup_u8_##tier(const uint8_t *x, const uint8_t *table, uint8_t *y, int64_t n);                       \
  void hrn_dequantize_pixels_u8_##tier(const uint8_t *x, int32_t height, int32_t width, int32_t channels,         \
                                       int64_t pitch, const float *zero, const float *scale, hrn_channels out,    \
                                       float *y);                                                                 \
  void hrn_scale_shift_f32_##tier(const float *x, const float *scale, const float *shift, float *y,               \
                                  int32_t lanes, int64_t positions);                                              \
  void hrn_scale_shift_u8_##tier(const uint8_t *x, const float *scale, const float *shift, float low, float high, \
                                 uint8_t *y, int32_t lanes, int64_t positions);                                   \
  void hrn_local_response_norm_f32_##tier(const float *x, int32_t channels, int32_t height, int32_t width,        \
                                          hrn_channels layout, int32_t size, float alpha, float beta, float bias, \
                                          float *y);                                                              \
  void hrn_tree_max_f32_##tier(const float *x, const int32_t *parents, float *y, int64_t n);                      \
  void hrn_tree_min_f32_##tier(const float *x, const int32_t *parents, float *y, int64_t n);

HRN_DECLARE_CONV2D_I8(scalar)
HRN_DECLARE_CONV2D_F32(scalar)
HRN_DECLARE_CONV2D_BF16(scalar)
HRN_DECLARE_WINOGRAD_F32(scalar)
HRN_DECLARE_WINOGRAD8_INPUT(scalar)
HRN_DECLARE_WINOGRAD8(scalar)
HRN_DECLARE_DEPTHWISE2D(scalar)
HRN_DECLARE_LINEAR_I8(scalar)
HRN_DECLARE_LINEAR_F32(scalar)
HRN_DECLARE_POOL(scalar)
HRN_DECLARE_ELEMENTWISE(scalar)
HRN_DECLARE_CHANNELS(scalar)

#if HRN_HAS_X86_TIERS
HRN_DECLARE_POOL(avx2)
HRN_DECLARE_ELEMENTWISE(avx2)
HRN_DECLARE_CHANNELS(avx2)
HRN_DECLARE_CONV2D_I8(avx2)
HRN_DECLARE_CONV2D_I8(narrow_avx2)
HRN_DECLARE_CONV2D_F32(avx2)
HRN_DECLARE_CONV2D_BF16(avx2)
HRN_DECLARE_WINOGRAD_F32(avx2)
HRN_DECLARE_DEPTHWISE2D(avx2)
HRN_DECLARE_LINEAR_I8(avx2)
HRN_DECLARE_WINOGRAD_INPUT_I8(avx2)
HRN_DECLARE_WINOGRAD_I8(avx2)
HRN_DECLARE_WINOGRAD8_INPUT(avx2)
HRN_DECLARE_WINOGRAD8(avx2)
HRN_DECLARE_WINOGRAD8(narrow_avx2)
HRN_DECLARE_LINEAR_F32(avx2)

HRN_DECLARE_CONV2D_I8(avxvnni)
HRN_DECLARE_LINEAR_I8(avxvnni)
HRN_DECLARE_WINOGRAD_I8(avxvnni)
HRN_DECLARE_WINOGRAD8(avxvnni)

HRN_DECLARE_CONV2D_I8(avx512vnni)
HRN_DECLARE_CONV2D_F32(avx512)
HRN_DECLARE_CONV2D_BF16(avx512)
HRN_DECLARE_WINOGRAD_F32(avx512)
HRN_DECLARE_WINOGRAD_INPUT_I8(avx512)
HRN_DECLARE_LINEAR_I8(avx512vnni)
HRN_DECLARE_WINOGRAD_I8(avx512vnni)
HRN_DECLARE_WINOGRAD8_INPUT(avx512vnni)
HRN_DECLARE_WINOGRAD8(avx512vnni)
HRN_DECLARE_LINEAR_F32(avx512)

HRN_DECLARE_CONV2D_BF16(avx512bf16)
#endif

#if HRN_HAS_ARM_TIERS
HRN_DECLARE_CONV2D_I8(neon)
HRN_DECLARE_CONV2D_F32(neon)
HRN_DECLARE_CONV2D_BF16(neon)
HRN_DECLARE_WINOGRAD_F32(neon)
HRN_DECLARE_DEPTHWISE2D(neon)
HRN_DECLARE_WINOGRAD_INPUT_I8(neon)
HRN_DECLARE_WINOGRAD_I8(neon)
HRN_DECLARE_LINEAR_I8(neon)
HRN_DECLARE_LINEAR_F32(neon)

HRN_DECLARE_CONV2D_I8(dotprod)
HRN_DECLARE_LINEAR_I8(dotprod)

HRN_DECLARE_CONV2D_I8(i8mm)
HRN_DECLARE_LINEAR_I8(i8mm)
#endif
