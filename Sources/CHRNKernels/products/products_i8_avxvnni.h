// Sums of products by 256-bit VPDPBUSD (VEX). Included between a tier's begin and end; defines what
// conv2d_tile.h and linear_body.h build upon.

typedef uint8_t element;
typedef int8_t weight;
typedef int32_t sum;
typedef __m256i vector;
/// Vectors of sums per row of weights, at most; lanes per vector; k per step.
enum { VECTORS = 2, VECTOR_LANES = 8, K_STEP = 4 };

HRN_INLINE vector load_sums(const sum *p) { return _mm256_loadu_si256((const __m256i *)p); }

HRN_INLINE void store_sums(sum *p, vector sums) { _mm256_storeu_si256((__m256i *)p, sums); }

/// Four k of 16 lanes.
typedef struct {
  __m256i part[VECTORS];
} weight_row;

HRN_INLINE weight_row load_row(const weight *w, int vectors) {
  (void)vectors;
  return (weight_row){{_mm256_loadu_si256((const __m256i *)w), _mm256_loadu_si256((const __m256i *)(w + 32))}};
}

HRN_INLINE void add_row(vector acc[VECTORS], int vectors, const element *x, const weight_row *row, const weight *w) {
  (void)w;
  int32_t four;
  memcpy(&four, x, sizeof four);
  const __m256i input = _mm256_set1_epi32(four);
  HRN_UNROLL
  for (int v = 0; v < vectors; v++) acc[v] = _mm256_dpbusd_avx_epi32(acc[v], input, row->part[v]);
}
