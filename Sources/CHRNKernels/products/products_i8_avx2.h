// Sums of products by VPMADDWD on bytes widened to 16 bits, so that no product and no sum of two can saturate. Included
// between a tier's begin and end; defines what conv2d_tile.h and linear_body.h build upon. HAS_WIDE_WEIGHTS is defined
// where weights come as the rows of 16-bit numbers that store_row writes.

typedef uint8_t element;
#ifdef HAS_WIDE_WEIGHTS
typedef int16_t weight;
#else
typedef int8_t weight;
#endif
typedef int32_t sum;
typedef __m256i vector;
/// Vectors of sums per row of weights, at most; lanes per vector; k per step.
enum { VECTORS = 2, VECTOR_LANES = 8, K_STEP = 4 };

HRN_INLINE vector load_sums(const sum *p) { return _mm256_loadu_si256((const __m256i *)p); }

HRN_INLINE void store_sums(sum *p, vector sums) { _mm256_storeu_si256((__m256i *)p, sums); }

/// Four k of 16 lanes: in each 32-bit lane, k = 0 and 2 as 16-bit numbers in `even`, k = 1 and 3 in `odd`.
typedef struct {
  __m256i even[VECTORS], odd[VECTORS];
} weight_row;

HRN_INLINE weight_row widen_row(const int8_t *w, int vectors) {
  weight_row row;
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) {
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)(w + 32 * v));
    row.even[v] = _mm256_srai_epi16(_mm256_slli_epi16(bytes, 8), 8);
    row.odd[v] = _mm256_srai_epi16(bytes, 8);
  }
  return row;
}

#ifdef HAS_WIDE_WEIGHTS
HRN_INLINE void store_row(weight *w, weight_row row) { memcpy(w, &row, sizeof row); }

HRN_INLINE weight_row load_row(const weight *w, int vectors) {
  (void)vectors;
  weight_row row;
  memcpy(&row, w, sizeof row);
  return row;
}
#else
HRN_INLINE weight_row load_row(const weight *w, int vectors) { return widen_row(w, vectors); }
#endif

HRN_INLINE __m256i even_bytes(__m256i bytes) { return _mm256_and_si256(bytes, _mm256_set1_epi16(0xFF)); }

HRN_INLINE __m256i odd_bytes(__m256i bytes) { return _mm256_srli_epi16(bytes, 8); }

/// The products of widened inputs.
HRN_INLINE void add_wide(vector acc[VECTORS], int vectors, __m256i even, __m256i odd, const weight_row *row) {
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) {
    acc[v] = _mm256_add_epi32(acc[v], _mm256_madd_epi16(even, row->even[v]));
    acc[v] = _mm256_add_epi32(acc[v], _mm256_madd_epi16(odd, row->odd[v]));
  }
}

HRN_INLINE void add_row(vector acc[VECTORS], int vectors, const element *x, const weight_row *row, const weight *w) {
  (void)w;
  int32_t four;
  memcpy(&four, x, sizeof four);
  const __m256i input = _mm256_set1_epi32(four);
  add_wide(acc, vectors, even_bytes(input), odd_bytes(input), row);
}
