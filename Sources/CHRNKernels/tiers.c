// The tables, and the only place that asks what this machine has and chooses.
#include "tiers.h"
#include <string.h>

#if defined(__x86_64__) && !defined(HRN_EMULATED)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

#define HRN_MEMBER(kernel, tier) .kernel = hrn_##kernel##_##tier,

static const hrn_kernels scalar = {HRN_TIER_SCALAR, "scalar", HRN_SCALAR(HRN_MEMBER)};

/// Rows and columns from which Winograd outruns the direct sums of int8, those of VPDPBUSD, and those of 512 bits of it.
enum { LEAST = 7, LEAST_OF_VNNI = 8, LEAST_OF_512 = 12 };

#if HRN_HAS_X86_TIERS
static const hrn_kernels avx2 = {HRN_TIER_AVX2, "avx2", HRN_AVX2(HRN_MEMBER)
                                 .winograd_i8_least = LEAST};
static const hrn_kernels avxvnni = {HRN_TIER_AVXVNNI, "avxvnni", HRN_AVXVNNI(HRN_MEMBER)
                                    .winograd_i8_least = LEAST_OF_VNNI};
static const hrn_kernels avx512vnni = {HRN_TIER_AVX512VNNI, "avx512vnni", HRN_AVX512VNNI(HRN_MEMBER)
                                       .winograd_i8_least = LEAST_OF_512};
static const hrn_kernels avx512bf16 = {HRN_TIER_AVX512BF16, "avx512bf16", HRN_AVX512BF16(HRN_MEMBER)
                                       .winograd_i8_least = LEAST_OF_512};
#endif

#if HRN_HAS_ARM_TIERS
static const hrn_kernels neon = {HRN_TIER_NEON, "neon", HRN_NEON(HRN_MEMBER)
                                 .winograd_i8_least = LEAST};
static const hrn_kernels dotprod = {HRN_TIER_DOTPROD, "dotprod", HRN_DOTPROD(HRN_MEMBER)};
static const hrn_kernels i8mm = {HRN_TIER_I8MM, "i8mm", HRN_I8MM(HRN_MEMBER)};
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

/// Whether a tier that this machine runs is faster than the one below it. VDPBF16PS of an Emerald Rapids makes 43 GMAC/s,
/// the two fused multiply-adds that it stands for 85: a ResNet-50 takes 0.75 of the time without it.
static int is_faster(hrn_tier tier) {
#if defined(__x86_64__) && !defined(HRN_EMULATED)
  __builtin_cpu_init();
  return tier != HRN_TIER_AVX512BF16 || !__builtin_cpu_is("intel");
#else
  (void)tier;
  return 1;
#endif
}

/// The tables' last that this machine runs, of those up to `ceiling`; where that is null, of those that are faster.
static const hrn_kernels *best_table(const hrn_tier *ceiling) {
  for (int i = TABLE_COUNT - 1; i > 0; i--) {
    const hrn_tier tier = tables[i]->tier;
    if ((ceiling ? includes(*ceiling, tier) : is_faster(tier)) && supports(tier)) return tables[i];
  }
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
