// Eight lanes of a bfloat16 map as a vector of floats: what common/bf16.h does, lane by lane, of numbers: what is stored
// has been clamped, which leaves no NaN. Included between a tier's begin and end.

HRN_INLINE __m256 load_map(const uint16_t *p) {
  const __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p));
  return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}

/// The same of four lanes.
HRN_INLINE __m128 load_four(const uint16_t *p) {
  const __m128i wide = _mm_cvtepu16_epi32(_mm_loadl_epi64((const __m128i *)p));
  return _mm_castsi128_ps(_mm_slli_epi32(wide, 16));
}

/// Floats whose upper halves are the nearest bfloat16 numbers.
HRN_INLINE __m256i rounded(__m256 x) {
  const __m256i wide = _mm256_castps_si256(x);
  const __m256i last = _mm256_and_si256(_mm256_srli_epi32(wide, 16), _mm256_set1_epi32(1));
  return _mm256_add_epi32(_mm256_add_epi32(wide, _mm256_set1_epi32(0x7FFF)), last);
}

HRN_INLINE void store_map(uint16_t *p, __m256 x) {
  // Packing works in halves of a vector: theirs come together at its start.
  const __m256i upper = _mm256_srli_epi32(rounded(x), 16), packed = _mm256_packus_epi32(upper, upper);
  _mm_storeu_si128((__m128i *)p, _mm256_castsi256_si128(_mm256_permute4x64_epi64(packed, 0x08)));
}

/// 8 pairs.
typedef __m256i pairs;

/// The second and the first of each pair.
HRN_INLINE __m256 odd_of(pairs x) {
  return _mm256_castsi256_ps(_mm256_and_si256(x, _mm256_set1_epi32((int32_t)0xFFFF0000)));
}

HRN_INLINE __m256 even_of(pairs x) { return _mm256_castsi256_ps(_mm256_slli_epi32(x, 16)); }

HRN_INLINE pairs load_pairs(const uint16_t *p) { return _mm256_loadu_si256((const __m256i *)p); }

/// Writes 8 pairs, rounded as by store_map.
HRN_INLINE void round_pairs(uint16_t *p, __m256 even, __m256 odd) {
  const __m256i upper = _mm256_and_si256(rounded(odd), _mm256_set1_epi32((int32_t)0xFFFF0000));
  _mm256_storeu_si256((__m256i *)p, _mm256_or_si256(upper, _mm256_srli_epi32(rounded(even), 16)));
}
