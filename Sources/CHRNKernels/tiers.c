// The tables, and the only place that asks what this machine has and chooses.
#include "tiers.h"
#include <string.h>

#if defined(__x86_64__) && !defined(HRN_EMULATED)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

/// The kernels of a family at one tier, as members of a table.
#define HRN_WINOGRAD_FLOAT(tier)                                                              \
  .winograd_input_f32 = hrn_winograd_input_f32_##tier, .winograd_f32 = hrn_winograd_f32_##tier, \
  .winograd_input_bf16 = hrn_winograd_input_bf16_##tier, .winograd_bf16 = hrn_winograd_bf16_##tier
#define HRN_DEPTHWISE2D(tier)                                                               \
  .depthwise2d_i8 = hrn_depthwise2d_i8_##tier, .depthwise2d_f32 = hrn_depthwise2d_f32_##tier, \
  .depthwise2d_bf16 = hrn_depthwise2d_bf16_##tier
#define HRN_POOL(tier)                                                                      \
  .max_pool_u8 = hrn_max_pool_u8_##tier, .max_pool_f32 = hrn_max_pool_f32_##tier,           \
  .max_pool_bf16 = hrn_max_pool_bf16_##tier, .average_pool_bf16 = hrn_average_pool_bf16_##tier, \
  .sum_pool_bf16 = hrn_sum_pool_bf16_##tier,                                                \
  .average_pool_u8 = hrn_average_pool_u8_##tier, .average_pool_f32 = hrn_average_pool_f32_##tier, \
  .sum_pool_u8 = hrn_sum_pool_u8_##tier, .sum_pool_f32 = hrn_sum_pool_f32_##tier
#define HRN_ELEMENTWISE(tier)                                                               \
  .add_f32 = hrn_add_f32_##tier, .add_u8 = hrn_add_u8_##tier, .add_bf16 = hrn_add_bf16_##tier, \
  .bf16_of_f32 = hrn_bf16_of_f32_##tier, .f32_of_bf16 = hrn_f32_of_bf16_##tier,             \
  .quantize_u8 = hrn_quantize_u8_##tier, .dequantize_u8 = hrn_dequantize_u8_##tier,         \
  .dequantize_i32 = hrn_dequantize_i32_##tier, .clamp_f32 = hrn_clamp_f32_##tier,           \
  .leaky_relu_f32 = hrn_leaky_relu_f32_##tier,                                              \
  .hard_sigmoid_f32 = hrn_hard_sigmoid_f32_##tier,                                          \
  .hard_swish_f32 = hrn_hard_swish_f32_##tier, .elu_f32 = hrn_elu_f32_##tier,               \
  .sigmoid_f32 = hrn_sigmoid_f32_##tier, .tanh_f32 = hrn_tanh_f32_##tier,                   \
  .softmax_f32 = hrn_softmax_f32_##tier, .pad_pixels_u8 = hrn_pad_pixels_u8_##tier,         \
  .pad_pixels_f32 = hrn_pad_pixels_f32_##tier

#define HRN_CHANNELS(tier)                                                                  \
  .copy_channels_f32 = hrn_copy_channels_f32_##tier,                                        \
  .copy_channels_bf16 = hrn_copy_channels_bf16_##tier,                                      \
  .copy_channels_u8 = hrn_copy_channels_u8_##tier, .lookup_u8 = hrn_lookup_u8_##tier,       \
  .dequantize_pixels_u8 = hrn_dequantize_pixels_u8_##tier,                                  \
  .scale_shift_f32 = hrn_scale_shift_f32_##tier,                                            \
  .scale_shift_u8 = hrn_scale_shift_u8_##tier,                                              \
  .local_response_norm_f32 = hrn_local_response_norm_f32_##tier,                            \
  .tree_max_f32 = hrn_tree_max_f32_##tier, .tree_min_f32 = hrn_tree_min_f32_##tier

static const hrn_kernels scalar = {
    .tier = HRN_TIER_SCALAR,
    .name = "scalar",
    .conv2d_i8 = hrn_conv2d_i8_scalar,
    .conv2d_f32 = hrn_conv2d_f32_scalar,
    .conv2d_bf16 = hrn_conv2d_bf16_scalar,
    HRN_WINOGRAD_FLOAT(scalar),
    .winograd8_input = hrn_winograd8_input_scalar,
    .winograd8 = hrn_winograd8_scalar,
    .linear_i8 = hrn_linear_i8_scalar,
    .linear_f32 = hrn_linear_f32_scalar,
    HRN_DEPTHWISE2D(scalar),
    HRN_POOL(scalar),
    HRN_ELEMENTWISE(scalar),
    HRN_CHANNELS(scalar),
};

#if HRN_HAS_X86_TIERS
static const hrn_kernels avx2 = {
    .tier = HRN_TIER_AVX2,
    .name = "avx2",
    .conv2d_i8 = hrn_conv2d_i8_avx2,
    .conv2d_f32 = hrn_conv2d_f32_avx2,
    .conv2d_bf16 = hrn_conv2d_bf16_avx2,
    .winograd_input_i8 = hrn_winograd_input_i8_avx2,
    .winograd_i8 = hrn_winograd_i8_avx2,
    HRN_WINOGRAD_FLOAT(avx2),
    .winograd8_input = hrn_winograd8_input_avx2,
    .winograd8 = hrn_winograd8_avx2,
    .linear_i8 = hrn_linear_i8_avx2,
    .linear_f32 = hrn_linear_f32_avx2,
    HRN_DEPTHWISE2D(avx2),
    HRN_POOL(avx2),
    HRN_ELEMENTWISE(avx2),
    HRN_CHANNELS(avx2),
};

static const hrn_kernels avxvnni = {
    .tier = HRN_TIER_AVXVNNI,
    .name = "avxvnni",
    .conv2d_i8 = hrn_conv2d_i8_avxvnni,
    .conv2d_f32 = hrn_conv2d_f32_avx2,
    .conv2d_bf16 = hrn_conv2d_bf16_avx2,
    .winograd_input_i8 = hrn_winograd_input_i8_avx2,
    .winograd_i8 = hrn_winograd_i8_avxvnni,
    HRN_WINOGRAD_FLOAT(avx2),
    .winograd8_input = hrn_winograd8_input_avx2,
    .winograd8 = hrn_winograd8_avxvnni,
    .linear_i8 = hrn_linear_i8_avxvnni,
    .linear_f32 = hrn_linear_f32_avx2,
    HRN_DEPTHWISE2D(avx2),
    HRN_POOL(avx2),
    HRN_ELEMENTWISE(avx2),
    HRN_CHANNELS(avx2),
};

/// What the tiers of AVX-512 have alike: all but conv2d_bf16.
#define HRN_AVX512                                                                          \
  .conv2d_i8 = hrn_conv2d_i8_avx512vnni,                                                    \
  .conv2d_f32 = hrn_conv2d_f32_avx512,                                                      \
  .winograd_input_i8 = hrn_winograd_input_i8_avx512,                                        \
  .winograd_i8 = hrn_winograd_i8_avx512vnni,                                                \
  .winograd8_input = hrn_winograd8_input_avx512vnni,                                        \
  .winograd8 = hrn_winograd8_avx512vnni,                                                    \
  HRN_WINOGRAD_FLOAT(avx512),                                                               \
  .linear_i8 = hrn_linear_i8_avx512vnni,                                                    \
  .linear_f32 = hrn_linear_f32_avx512,                                                      \
  HRN_DEPTHWISE2D(avx2),                                                                    \
  HRN_POOL(avx2),                                                                           \
  HRN_ELEMENTWISE(avx2),                                                                    \
  HRN_CHANNELS(avx2)

static const hrn_kernels avx512vnni = {
    .tier = HRN_TIER_AVX512VNNI,
    .name = "avx512vnni",
    HRN_AVX512,
    .conv2d_bf16 = hrn_conv2d_bf16_avx512,
};

static const hrn_kernels avx512bf16 = {
    .tier = HRN_TIER_AVX512BF16,
    .name = "avx512bf16",
    HRN_AVX512,
    .conv2d_bf16 = hrn_conv2d_bf16_avx512bf16,
};
#endif

#if HRN_HAS_ARM_TIERS
/// What the tiers of AArch64 have alike: all but conv2d_i8 and linear_i8.
#define HRN_ARM                                                                             \
  .conv2d_f32 = hrn_conv2d_f32_neon,                                                        \
  .conv2d_bf16 = hrn_conv2d_bf16_neon,                                                      \
  HRN_WINOGRAD_FLOAT(neon),                                                                 \
  .winograd8_input = hrn_winograd8_input_scalar,                                            \
  .winograd8 = hrn_winograd8_scalar,                                                        \
  .linear_f32 = hrn_linear_f32_neon,                                                        \
  HRN_DEPTHWISE2D(neon),                                                                    \
  HRN_POOL(scalar),                                                                         \
  HRN_ELEMENTWISE(scalar),                                                                  \
  HRN_CHANNELS(scalar)

static const hrn_kernels neon = {
    .tier = HRN_TIER_NEON,
    .name = "neon",
    HRN_ARM,
    .conv2d_i8 = hrn_conv2d_i8_neon,
    .winograd_input_i8 = hrn_winograd_input_i8_neon,
    .winograd_i8 = hrn_winograd_i8_neon,
    .linear_i8 = hrn_linear_i8_neon,
};

/// SDOT multiplies four times as many bytes as SMLAL multiplies words: what Winograd saves is not worth its transforms.
static const hrn_kernels dotprod = {
    .tier = HRN_TIER_DOTPROD,
    .name = "dotprod",
    HRN_ARM,
    .conv2d_i8 = hrn_conv2d_i8_dotprod,
    .linear_i8 = hrn_linear_i8_dotprod,
};

static const hrn_kernels i8mm = {
    .tier = HRN_TIER_I8MM,
    .name = "i8mm",
    HRN_ARM,
    .conv2d_i8 = hrn_conv2d_i8_i8mm,
    .linear_i8 = hrn_linear_i8_i8mm,
};
#endif

/// From least to most.
static const hrn_kernels *const tables[] = {
    &scalar,
#if HRN_HAS_X86_TIERS
    &avx2,
    &avxvnni,
    &avx512vnni,
    &avx512bf16,
#endif
#if HRN_HAS_ARM_TIERS
    &neon,
    &dotprod,
    &i8mm,
#endif
};

#if defined(HRN_EMULATED)
static int supports(hrn_tier tier) {
  (void)tier;
  return 1;
}
#elif defined(__x86_64__)
/// VPDPBUSD in its VEX form: leaf 7, subleaf 1, bit 4 of EAX. The compilers' own test came later than gcc 12.
static int has_avx_vnni(void) {
  unsigned eax, ebx, ecx, edx;
  return __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) && (eax >> 4 & 1);
}

/// VDPBF16PS: leaf 7, subleaf 1, bit 5 of EAX.
static int has_avx512_bf16(void) {
  unsigned eax, ebx, ecx, edx;
  return __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) && (eax >> 5 & 1);
}

/// __builtin_cpu_supports asks the operating system too (XGETBV), so AVX2 vouches for the ymm state of AVX-VNNI,
/// and AVX-512 for the zmm state of its BF16.
static int supports(hrn_tier tier) {
  __builtin_cpu_init();
  switch (tier) {
    case HRN_TIER_SCALAR: return 1;
    case HRN_TIER_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case HRN_TIER_AVXVNNI: return supports(HRN_TIER_AVX2) && has_avx_vnni();
    case HRN_TIER_AVX512VNNI:
      return supports(HRN_TIER_AVX2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
             && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
             && __builtin_cpu_supports("avx512vnni");
    case HRN_TIER_AVX512BF16: return supports(HRN_TIER_AVX512VNNI) && has_avx512_bf16();
    default: return 0;
  }
}
#elif HRN_HAS_ARM_TIERS && defined(__linux__)
/// Every AArch64 has NEON; of the rest Linux says what there is.
static int supports(hrn_tier tier) {
  const int has_dotprod = (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
  switch (tier) {
    case HRN_TIER_SCALAR:
    case HRN_TIER_NEON: return 1;
    case HRN_TIER_DOTPROD: return has_dotprod;
    case HRN_TIER_I8MM: return has_dotprod && (getauxval(AT_HWCAP2) & HWCAP2_I8MM) != 0;
    default: return 0;
  }
}
#else
static int supports(hrn_tier tier) { return tier == HRN_TIER_SCALAR || tier == HRN_TIER_NEON; }
#endif

enum { TABLE_COUNT = sizeof tables / sizeof *tables };

/// Whether a CPU of the kind `ceiling` has what `tier` needs.
static int includes(hrn_tier ceiling, hrn_tier tier) {
  return tier <= ceiling && (tier >= HRN_TIER_NEON) == (ceiling >= HRN_TIER_NEON);
}

/// The tables' last that this machine runs, of those up to `ceiling` unless that is null.
static const hrn_kernels *best_table(const hrn_tier *ceiling) {
  for (int i = TABLE_COUNT - 1; i > 0; i--)
    if ((!ceiling || includes(*ceiling, tables[i]->tier)) && supports(tables[i]->tier)) return tables[i];
  return &scalar;
}

hrn_tier hrn_best_tier(void) { return best_table(NULL)->tier; }

const hrn_kernels *hrn_kernels_at(hrn_tier ceiling) { return best_table(&ceiling); }

int hrn_tier_named(const char *name, hrn_tier *tier) {
  static const char *const names[] = {"scalar",     "avx2", "avxvnni", "avx512vnni",
                                      "avx512bf16", "neon", "dotprod", "i8mm"};
  for (int i = 0; i <= HRN_TIER_I8MM; i++)
    if (strcmp(name, names[i]) == 0) {
      *tier = (hrn_tier)i;
      return 1;
    }
  return 0;
}
