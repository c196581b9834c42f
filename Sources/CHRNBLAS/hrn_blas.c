#include "hrn_blas.h"
#include <string.h>

#pragma STDC FP_CONTRACT OFF

#if defined(HRN_OPENBLAS)
#include <cblas.h>

int hrn_blas_available(void) { return 1; }

void hrn_blas_set_threads(int threads) { openblas_set_num_threads(threads < 1 ? 1 : threads); }

void hrn_blas_sgemm(int transpose_a, int transpose_b, int32_t m, int32_t n, int32_t k, float alpha, const float *a,
                    int32_t lda, const float *b, int32_t ldb, float beta, float *c, int32_t ldc) {
  cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans, m, n, k,
              alpha, a, lda, b, ldb, beta, c, ldc);
}

#else

int hrn_blas_available(void) { return 0; }

void hrn_blas_set_threads(int threads) { (void)threads; }

void hrn_blas_sgemm(int transpose_a, int transpose_b, int32_t m, int32_t n, int32_t k, float alpha, const float *a,
                    int32_t lda, const float *b, int32_t ldb, float beta, float *c, int32_t ldc) {
  const ptrdiff_t a_row = transpose_a ? 1 : lda, a_column = transpose_a ? lda : 1;
  const ptrdiff_t b_row = transpose_b ? 1 : ldb, b_column = transpose_b ? ldb : 1;
  for (ptrdiff_t i = 0; i < m; i++) {
    float *row = c + i * ldc;
    for (ptrdiff_t j = 0; j < n; j++) row[j] = beta == 0 ? 0 : beta * row[j];
    for (ptrdiff_t p = 0; p < k; p++) {
      const float scaled = alpha * a[i * a_row + p * a_column];
      for (ptrdiff_t j = 0; j < n; j++) row[j] += scaled * b[p * b_row + j * b_column];
    }
  }
}

#endif

void hrn_plain_product(const float *a, const float *b, float *c, int64_t rows, int64_t depth, int64_t columns) {
  memset(c, 0, (size_t)(rows * columns) * sizeof *c);
  for (int64_t i = 0; i < rows; i++)
    for (int64_t k = 0; k < depth; k++) {
      const float factor = a[i * depth + k];
      const float *terms = b + k * columns;
      float *sums = c + i * columns;
      for (int64_t j = 0; j < columns; j++) sums[j] += factor * terms[j];
    }
}
