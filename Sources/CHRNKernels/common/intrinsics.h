// The vector intrinsics of x86: the compiler's own, or with HRN_EMULATED those of SIMDe, which are plain C. Then every
// tier runs on every machine, and a sanitizer sees each byte that its vectors read and write.
#pragma once

#if defined(HRN_EMULATED)
#define SIMDE_ENABLE_NATIVE_ALIASES
#define SIMDE_NO_NATIVE
#include <math.h>
#include <simde/x86/avx512.h>
#include <simde/x86/fma.h>
#include <stdint.h>
#include <string.h>

#include "emulation.h"

HRN_EMULATE(__m256, float, 8, hrn_fmadd_8, (__m256 a, __m256 b, __m256 c),
            fmaf(HRN_LANE(float, a), HRN_LANE(float, b), HRN_LANE(float, c)))
HRN_EMULATE(__m512, float, 16, hrn_fmadd_16, (__m512 a, __m512 b, __m512 c),
            fmaf(HRN_LANE(float, a), HRN_LANE(float, b), HRN_LANE(float, c)))
HRN_EMULATE(__m512, float, 16, hrn_float_of_i32, (__m512i a), (float)HRN_LANE(int32_t, a))
HRN_EMULATE(__m512i, int32_t, 16, hrn_i32_of_float, (__m512 a),
            fabsf(HRN_LANE(float, a)) < 0x1p31f ? (int32_t)nearbyintf(HRN_LANE(float, a)) : INT32_MIN)
HRN_EMULATE(__m512i, int32_t, 16, hrn_i32_of_u8, (__m128i a), HRN_LANE(uint8_t, a))
HRN_EMULATE(__m128i, int8_t, 16, hrn_i8_of_i32, (__m512i a), (int8_t)HRN_LANE(int32_t, a))
HRN_EMULATE(__m512i, int32_t, 16, hrn_i32_of_u16, (__m256i a), HRN_LANE(uint16_t, a))
HRN_EMULATE(__m512i, int16_t, 32, hrn_i16_of_u8, (__m256i a), HRN_LANE(uint8_t, a))
HRN_EMULATE(__m256i, int16_t, 16, hrn_i16_of_i32, (__m512i a), (int16_t)HRN_LANE(int32_t, a))
HRN_EMULATE(__m256i, uint16_t, 16, hrn_masked_i16, (uint16_t lanes, const uint16_t *p), lanes >> i & 1 ? p[i] : 0)

/// VDPBF16PS of one lane: two fused multiply-adds, the upper halves first, that know no numbers below 2^-126.
static inline __attribute__((unused)) float hrn_dot_pair(float sum, uint32_t a, uint32_t b) {
  for (int half = 1; half >= 0; half--) {
    const uint32_t bits[2] = {a >> 16 * half << 16, b >> 16 * half << 16};
    float x[2];
    memcpy(x, bits, sizeof x);
    for (int i = 0; i < 2; i++) x[i] = fabsf(x[i]) < 0x1p-126f ? 0 : x[i];
    sum = fmaf(x[0], x[1], fabsf(sum) < 0x1p-126f ? 0 : sum);
    sum = fabsf(sum) < 0x1p-126f ? 0 : sum;
  }
  return sum;
}

HRN_EMULATE(__m512, float, 16, hrn_dot_pairs, (__m512 sums, __m512i a, __m512i b),
            hrn_dot_pair(HRN_LANE(float, sums), HRN_LANE(uint32_t, a), HRN_LANE(uint32_t, b)))

#undef _mm256_fmadd_ps
#undef _mm512_fmadd_ps
#define _mm256_fmadd_ps hrn_fmadd_8
#define _mm512_fmadd_ps hrn_fmadd_16
#define _mm512_cvtepi32_ps hrn_float_of_i32
#define _mm512_cvtps_epi32 hrn_i32_of_float
#define _mm512_cvtepu8_epi32 hrn_i32_of_u8
#define _mm512_cvtepi32_epi8 hrn_i8_of_i32
#define _mm512_cvtepu16_epi32 hrn_i32_of_u16
#define _mm512_cvtepu8_epi16 hrn_i16_of_u8
#define _mm512_cvtepi32_epi16 hrn_i16_of_i32
#define _mm256_maskz_loadu_epi16 hrn_masked_i16
/// Unrolled k steps of an inner loop: they would take a compiler minutes.
#define HRN_STEPS(native) 1
#define _mm256_dpbusd_avx_epi32 _mm256_dpbusd_epi32
#define _mm256_dpwssd_avx_epi32 _mm256_dpwssd_epi32
#else
#include <immintrin.h>
#define HRN_STEPS(native) native
#endif
