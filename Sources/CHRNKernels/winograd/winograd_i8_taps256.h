// One tap's weights as 16-bit pairs, for the int8 Winograd of the 256-bit tiers.

/// 4 channels of 8 lanes: channels 0 and 1 of each lane in *low, 2 and 3 in *high.
HRN_INLINE void load_taps(const int8_t *w, vector *low, vector *high) {
  const __m256i in_lane = _mm256_setr_epi8(0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15,
                                           0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15);
  const __m256i bytes = _mm256_shuffle_epi8(_mm256_loadu_si256((const __m256i *)w), in_lane);
  *low = _mm256_srai_epi16(_mm256_slli_epi16(bytes, 8), 8);
  *high = _mm256_srai_epi16(bytes, 8);
}
