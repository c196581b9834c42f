#define _GNU_SOURCE
#include "hrn_blas.h"
#include <string.h>

#pragma STDC FP_CONTRACT OFF

// Written out: its header is not needed to build, and its 32-bit integers are those of every distribution's package.
enum { CBLAS_ROW_MAJOR = 101, CBLAS_NO_TRANSPOSE = 111, CBLAS_TRANSPOSE = 112 };
typedef void sgemm_function(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                            const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);
typedef void set_threads_function(int threads);

/// OpenBLAS's functions; null where there is none.
static sgemm_function *openblas_sgemm;
static set_threads_function *openblas_set_threads;

#if defined(HRN_OPENBLAS)
#include <dlfcn.h>
#include <pthread.h>

static void open_library(void) {
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
  openblas_set_threads = (set_threads_function *)dlsym(library, "openblas_set_num_threads");
  if (openblas_set_threads) openblas_sgemm = (sgemm_function *)dlsym(library, "cblas_sgemm");
}

int hrn_blas_available(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_library);
  return openblas_sgemm != NULL;
}
#else
int hrn_blas_available(void) { return 0; }
#endif

void hrn_blas_set_threads(int threads) {
  if (hrn_blas_available()) openblas_set_threads(threads < 1 ? 1 : threads);
}

void hrn_blas_sgemm(int transpose_a, int transpose_b, int32_t m, int32_t n, int32_t k, float alpha, const float *a,
                    int32_t lda, const float *b, int32_t ldb, float beta, float *c, int32_t ldc) {
  if (hrn_blas_available()) {
    openblas_sgemm(CBLAS_ROW_MAJOR, transpose_a ? CBLAS_TRANSPOSE : CBLAS_NO_TRANSPOSE,
                   transpose_b ? CBLAS_TRANSPOSE : CBLAS_NO_TRANSPOSE, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    return;
  }
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
