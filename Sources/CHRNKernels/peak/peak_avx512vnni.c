#include "peak.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../common/avx512_begin.h"

#define ZERO_F32(i) __m512 a##i = _mm512_setzero_ps();
#define ZERO(i) __m512i a##i = _mm512_setzero_si512();
#define FMA(i) __asm__ volatile("vfmadd231ps %1, %1, %0" : "+v"(a##i) : "v"(x));
#define DOT8(i) __asm__ volatile("vpdpbusd %1, %1, %0" : "+v"(a##i) : "v"(x));
#define DOT16(i) __asm__ volatile("vpdpwssd %1, %1, %0" : "+v"(a##i) : "v"(x));

static void multiply_f32(int64_t rounds) {
  HRN_PEAK_REPEAT(ZERO_F32)
  const __m512 x = _mm512_setzero_ps();
  for (int64_t round = 0; round < rounds; round++) { HRN_PEAK_REPEAT(FMA) }
}

static void multiply_i8(int64_t rounds) {
  HRN_PEAK_REPEAT(ZERO)
  const __m512i x = _mm512_setzero_si512();
  for (int64_t round = 0; round < rounds; round++) { HRN_PEAK_REPEAT(DOT8) }
}

static void multiply_i16(int64_t rounds) {
  HRN_PEAK_REPEAT(ZERO)
  const __m512i x = _mm512_setzero_si512();
  for (int64_t round = 0; round < rounds; round++) { HRN_PEAK_REPEAT(DOT16) }
}

static void read_all(const void *memory, int64_t bytes, int64_t times) {
  const __m512i *vectors = memory;
  __m512i a = _mm512_setzero_si512(), b = a, c = a, d = a;
  for (int64_t time = 0; time < times; time++)
    for (int64_t i = 0; i < bytes / 64; i += 4) {
      a = _mm512_xor_si512(a, _mm512_loadu_si512(vectors + i));
      b = _mm512_xor_si512(b, _mm512_loadu_si512(vectors + i + 1));
      c = _mm512_xor_si512(c, _mm512_loadu_si512(vectors + i + 2));
      d = _mm512_xor_si512(d, _mm512_loadu_si512(vectors + i + 3));
      // Once more round after round: repeated reading is not to be recognized.
      __asm__ volatile("" : "+v"(a), "+v"(b), "+v"(c), "+v"(d));
    }
}

const hrn_peaks hrn_peaks_avx512vnni = {
    .tier = HRN_TIER_AVX512VNNI,
    .float32 = {"vfmadd231ps", HRN_PEAK_CHAINS * 16, multiply_f32},
    .int8 = {"vpdpbusd", HRN_PEAK_CHAINS * 64, multiply_i8},
    .int16 = {"vpdpwssd", HRN_PEAK_CHAINS * 32, multiply_i16},
    .read = read_all,
};

#include "../common/tier_end.h"
#include "../common/avx512bf16_begin.h"

#define DOT_BF16(i) __asm__ volatile("vdpbf16ps %1, %1, %0" : "+v"(a##i) : "v"(x));

static void multiply_bf16(int64_t rounds) {
  HRN_PEAK_REPEAT(ZERO)
  const __m512i x = _mm512_setzero_si512();
  for (int64_t round = 0; round < rounds; round++) { HRN_PEAK_REPEAT(DOT_BF16) }
}

const hrn_peaks hrn_peaks_avx512bf16 = {
    .tier = HRN_TIER_AVX512BF16,
    .float32 = {"vfmadd231ps", HRN_PEAK_CHAINS * 16, multiply_f32},
    .bfloat16 = {"vdpbf16ps", HRN_PEAK_CHAINS * 32, multiply_bf16},
    .int8 = {"vpdpbusd", HRN_PEAK_CHAINS * 64, multiply_i8},
    .int16 = {"vpdpwssd", HRN_PEAK_CHAINS * 32, multiply_i16},
    .read = read_all,
};

#include "../common/tier_end.h"
#endif
