#include "peak.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../common/avx2_begin.h"

#define ZERO_F32(i) __m256 a##i = _mm256_setzero_ps();
#define ZERO(i) __m256i a##i = _mm256_setzero_si256();
// asm: no compiler may merge, move or drop what it cannot read.
#define FMA(i) __asm__ volatile("vfmadd231ps %1, %1, %0" : "+x"(a##i) : "x"(x));
#define MADD(i)                                               \
  __asm__ volatile("vpmaddwd %1, %1, %%ymm15\n\t"             \
                   "vpaddd %%ymm15, %0, %0" : "+x"(a##i) : "x"(x) : "ymm15");
#define MADDUBS(i)                                            \
  __asm__ volatile("vpmaddubsw %1, %1, %%ymm15\n\t"           \
                   "vpaddw %%ymm15, %0, %0" : "+x"(a##i) : "x"(x) : "ymm15");

void hrn_peak_fma_avx2(int64_t rounds) {
  HRN_PEAK_REPEAT(ZERO_F32)
  const __m256 x = _mm256_setzero_ps();
  for (int64_t round = 0; round < rounds; round++) { HRN_PEAK_REPEAT(FMA) }
}

static void multiply_i16(int64_t rounds) {
  HRN_PEAK_REPEAT(ZERO)
  const __m256i x = _mm256_setzero_si256();
  for (int64_t round = 0; round < rounds; round++) { HRN_PEAK_REPEAT(MADD) }
}

static void multiply_i8_pairs(int64_t rounds) {
  HRN_PEAK_REPEAT(ZERO)
  const __m256i x = _mm256_setzero_si256();
  for (int64_t round = 0; round < rounds; round++) { HRN_PEAK_REPEAT(MADDUBS) }
}

void hrn_peak_read_avx2(const void *memory, int64_t bytes, int64_t times) {
  const __m256i *vectors = memory;
  __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
  for (int64_t time = 0; time < times; time++)
    for (int64_t i = 0; i < bytes / 32; i += 8) {
      a = _mm256_xor_si256(a, _mm256_xor_si256(_mm256_loadu_si256(vectors + i), _mm256_loadu_si256(vectors + i + 1)));
      b = _mm256_xor_si256(b, _mm256_xor_si256(_mm256_loadu_si256(vectors + i + 2), _mm256_loadu_si256(vectors + i + 3)));
      c = _mm256_xor_si256(c, _mm256_xor_si256(_mm256_loadu_si256(vectors + i + 4), _mm256_loadu_si256(vectors + i + 5)));
      d = _mm256_xor_si256(d, _mm256_xor_si256(_mm256_loadu_si256(vectors + i + 6), _mm256_loadu_si256(vectors + i + 7)));
      // Once more round after round: repeated reading is not to be recognized.
      __asm__ volatile("" : "+x"(a), "+x"(b), "+x"(c), "+x"(d));
    }
}

const hrn_peaks hrn_peaks_avx2 = {
    .tier = HRN_TIER_AVX2,
    .float32 = {"vfmadd231ps", HRN_PEAK_CHAINS * 8, hrn_peak_fma_avx2},
    .int8 = {"vpmaddwd", HRN_PEAK_CHAINS * 16, multiply_i16},
    .int8_pairs = {"vpmaddubsw", HRN_PEAK_CHAINS * 32, multiply_i8_pairs},
    .read = hrn_peak_read_avx2,
};

#include "../common/tier_end.h"
#endif
