// Sixteen lanes of a bfloat16 map as a vector of floats: what common/bf16.h does, lane by lane, of numbers: what is stored
// has been clamped, which leaves no NaN. Included between a tier's begin and end.

HRN_INLINE __m512 load_map(const uint16_t *p) {
  const __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p));
  return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}

/// The same of those that `lanes` has a bit for; the others are 0, and not read.
HRN_INLINE __m512 load_some(const uint16_t *p, uint16_t lanes) {
  const __m512i wide = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(lanes, p));
  return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}

/// Floats whose upper halves are the nearest bfloat16 numbers.
HRN_INLINE __m512i rounded(__m512 x) {
  const __m512i wide = _mm512_castps_si512(x);
  const __m512i last = _mm512_and_si512(_mm512_srli_epi32(wide, 16), _mm512_set1_epi32(1));
  return _mm512_add_epi32(_mm512_add_epi32(wide, _mm512_set1_epi32(0x7FFF)), last);
}

/// HAS_BF16_STORES, where a tier's file defines it as 1, says that the instruction is there that rounds, but takes what is
/// below 2^-126 for 0.
HRN_INLINE void store_map(uint16_t *p, __m512 x) {
#if defined(HAS_BF16_STORES) && !defined(HRN_EMULATED)
  const __m256bh nearest = _mm512_cvtneps_pbh(x);
  memcpy(p, &nearest, sizeof nearest);
#else
  _mm256_storeu_si256((__m256i *)p, _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded(x), 16)));
#endif
}

/// 16 pairs.
typedef __m512i pairs;

/// The second and the first of each pair.
HRN_INLINE __m512 odd_of(pairs x) {
  return _mm512_castsi512_ps(_mm512_and_si512(x, _mm512_set1_epi32((int32_t)0xFFFF0000)));
}

HRN_INLINE __m512 even_of(pairs x) { return _mm512_castsi512_ps(_mm512_slli_epi32(x, 16)); }

HRN_INLINE pairs load_pairs(const uint16_t *p) { return _mm512_loadu_si512(p); }

/// Writes 16 pairs, rounded as by store_map.
HRN_INLINE void round_pairs(uint16_t *p, __m512 even, __m512 odd) {
  const __m512i upper = _mm512_and_si512(rounded(odd), _mm512_set1_epi32((int32_t)0xFFFF0000));
  _mm512_storeu_si512(p, _mm512_or_si512(upper, _mm512_srli_epi32(rounded(even), 16)));
}
