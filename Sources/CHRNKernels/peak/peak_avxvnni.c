#include "peak.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../common/avxvnni_begin.h"

#define ZERO(i) __m256i a##i = _mm256_setzero_si256();
#define DOT8(i) __asm__ volatile("%{vex%} vpdpbusd %1, %1, %0" : "+x"(a##i) : "x"(x));
#define DOT16(i) __asm__ volatile("%{vex%} vpdpwssd %1, %1, %0" : "+x"(a##i) : "x"(x));

static void multiply_i8(int64_t rounds) {
  HRN_PEAK_REPEAT(ZERO)
  const __m256i x = _mm256_setzero_si256();
  for (int64_t round = 0; round < rounds; round++) { HRN_PEAK_REPEAT(DOT8) }
}

static void multiply_i16(int64_t rounds) {
  HRN_PEAK_REPEAT(ZERO)
  const __m256i x = _mm256_setzero_si256();
  for (int64_t round = 0; round < rounds; round++) { HRN_PEAK_REPEAT(DOT16) }
}

const hrn_peaks hrn_peaks_avxvnni = {
    .tier = HRN_TIER_AVXVNNI,
    .float32 = {"vfmadd231ps", HRN_PEAK_CHAINS * 8, hrn_peak_fma_avx2},
    .int8 = {"vpdpbusd", HRN_PEAK_CHAINS * 32, multiply_i8},
    .int16 = {"vpdpwssd", HRN_PEAK_CHAINS * 16, multiply_i16},
    .read = hrn_peak_read_avx2,
};

#include "../common/tier_end.h"
#endif
