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

/// The kernels that a tier has at once or not at all: X(kernel, tier) for each.
#define HRN_PRODUCTS_I8(X, tier) X(conv2d_i8, tier) X(winograd_i8, tier) X(winograd8, tier) X(linear_i8, tier)
#define HRN_WINOGRAD_FLOAT(X, tier) \
  X(winograd_input_f32, tier) X(winograd_f32, tier) X(winograd_input_bf16, tier) X(winograd_bf16, tier)
#define HRN_WINOGRAD16(X, tier) X(winograd16_input, tier) X(winograd16, tier)
#define HRN_DEPTHWISE2D(X, tier) X(depthwise2d_i8, tier) X(depthwise2d_f32, tier) X(depthwise2d_bf16, tier)
#define HRN_POOL(X, tier)                                                                     \
  X(max_pool_u8, tier) X(max_pool_f32, tier) X(max_pool_bf16, tier)                           \
  X(average_pool_u8, tier) X(average_pool_f32, tier) X(average_pool_bf16, tier)               \
  X(sum_pool_u8, tier) X(sum_pool_f32, tier) X(sum_pool_bf16, tier)
#define HRN_ELEMENTWISE(X, tier)                                                              \
  X(add_f32, tier) X(add_bf16, tier) X(add_u8, tier)                                          \
  X(quantize_u8, tier) X(dequantize_u8, tier) X(dequantize_i32, tier)                         \
  X(bf16_of_f32, tier) X(f32_of_bf16, tier)                                                   \
  X(clamp_f32, tier) X(leaky_relu_f32, tier) X(hard_sigmoid_f32, tier) X(hard_swish_f32, tier) \
  X(elu_f32, tier) X(sigmoid_f32, tier) X(tanh_f32, tier) X(softmax_f32, tier)                \
  X(pad_pixels_u8, tier) X(pad_pixels_f32, tier) X(pad_pixels_bf16, tier)
#define HRN_CHANNELS(X, tier)                                                                 \
  X(copy_channels_f32, tier) X(copy_channels_bf16, tier) X(copy_channels_u8, tier)            \
  X(lookup_u8, tier) X(dequantize_pixels_u8, tier)                                            \
  X(scale_shift_f32, tier) X(scale_shift_u8, tier) X(local_response_norm_f32, tier)           \
  X(tree_max_f32, tier) X(tree_min_f32, tier)
/// Those in plain C, whose loops a compiler vectorizes.
#define HRN_LOOPS(X, tier) HRN_POOL(X, tier) HRN_ELEMENTWISE(X, tier) HRN_CHANNELS(X, tier)

/// What several tiers have alike: those of 256-bit vectors all but products of int8, those of AVX-512 all but
/// conv2d_bf16 and winograd16, those of AArch64 all but products of int8 and what Winograd of
/// int8 makes of inputs.
#define HRN_ALL_OF_256(X)                                                                     \
  X(conv2d_f32, avx2) X(conv2d_bf16, avx2) X(linear_f32, avx2) X(linear_bf16, avx2)           \
  HRN_WINOGRAD_FLOAT(X, avx2) HRN_WINOGRAD16(X, avx2)                                         \
  X(winograd_input_i8, avx2) X(winograd8_input, avx2) HRN_DEPTHWISE2D(X, avx2) HRN_LOOPS(X, avx2)
#define HRN_ALL_OF_512(X)                                                                     \
  HRN_PRODUCTS_I8(X, avx512vnni)                                                              \
  X(conv2d_f32, avx512) X(linear_f32, avx512) X(linear_bf16, avx512)                          \
  HRN_WINOGRAD_FLOAT(X, avx512)                                                               \
  X(winograd_input_i8, avx512) X(winograd8_input, avx512vnni) HRN_DEPTHWISE2D(X, avx2) HRN_LOOPS(X, avx2)
#define HRN_ALL_OF_ARM(X)                                                                     \
  X(conv2d_f32, neon) X(conv2d_bf16, neon) X(linear_f32, neon) X(linear_bf16, neon)           \
  HRN_WINOGRAD_FLOAT(X, neon) HRN_WINOGRAD16(X, neon)                                         \
  HRN_DEPTHWISE2D(X, neon) HRN_LOOPS(X, scalar)

/// The kernels of each tier.
#define HRN_SCALAR(X)                                                                         \
  X(conv2d_i8, scalar) X(conv2d_f32, scalar) X(conv2d_bf16, scalar)                           \
  X(linear_i8, scalar) X(linear_f32, scalar) X(linear_bf16, scalar)                           \
  HRN_WINOGRAD_FLOAT(X, scalar) HRN_WINOGRAD16(X, scalar)                                     \
  X(winograd8_input, scalar) X(winograd8, scalar) HRN_DEPTHWISE2D(X, scalar) HRN_LOOPS(X, scalar)
#define HRN_AVX2(X) HRN_ALL_OF_256(X) HRN_PRODUCTS_I8(X, avx2)
#define HRN_AVXVNNI(X) HRN_ALL_OF_256(X) HRN_PRODUCTS_I8(X, avxvnni)
#define HRN_AVX512VNNI(X) HRN_ALL_OF_512(X) X(conv2d_bf16, avx512) HRN_WINOGRAD16(X, avx2)
#define HRN_AVX512BF16(X) HRN_ALL_OF_512(X) X(conv2d_bf16, avx512bf16) HRN_WINOGRAD16(X, avx512bf16)
#define HRN_NEON(X) HRN_ALL_OF_ARM(X) HRN_PRODUCTS_I8(X, neon) X(winograd_input_i8, neon) X(winograd8_input, neon)
/// SDOT multiplies four times as many bytes as SMLAL multiplies words: what the exact Winograd saves is not worth its
/// transforms.
#define HRN_DOTPROD(X) \
  HRN_ALL_OF_ARM(X) X(conv2d_i8, dotprod) X(winograd8_input, dotprod) X(winograd8, dotprod) X(linear_i8, dotprod)
#define HRN_I8MM(X) \
  HRN_ALL_OF_ARM(X) X(conv2d_i8, i8mm) X(winograd8_input, i8mm) X(winograd8, i8mm) X(linear_i8, i8mm)

/// Declares a kernel as hrn_kernels.h does.
#define HRN_DECLARE(kernel, tier) __typeof__(*((const hrn_kernels *)0)->kernel) hrn_##kernel##_##tier;

HRN_SCALAR(HRN_DECLARE)

#if HRN_HAS_X86_TIERS
HRN_AVX2(HRN_DECLARE)
HRN_AVXVNNI(HRN_DECLARE)
HRN_AVX512VNNI(HRN_DECLARE)
HRN_AVX512BF16(HRN_DECLARE)

// What the kernels of AVX2 leave to others where weights are narrow.
HRN_DECLARE(conv2d_i8, narrow_avx2)
HRN_DECLARE(winograd8, narrow_avx2)
#endif

#if HRN_HAS_ARM_TIERS
HRN_NEON(HRN_DECLARE)
HRN_DOTPROD(HRN_DECLARE)
HRN_I8MM(HRN_DECLARE)
#endif
