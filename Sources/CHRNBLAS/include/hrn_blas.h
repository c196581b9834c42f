// The calls we make to OpenBLAS, which is opened at the first of them: a process that makes none pays neither its memory
// nor its threads. Where it is not installed, or the package trait OpenBLAS is off, they are plain loops; one always is.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Whether OpenBLAS computes: 1, or 0 when plain loops do.
int hrn_blas_available(void);
/// Threads that a product may use from now on, at least 1.
void hrn_blas_set_threads(int threads);

/// C = alpha * op(A) * op(B) + beta * C, all row-major.
///
/// op(A) is [m, k] and op(B) is [k, n]; with a transpose flag the matrix is stored as [k, m] or [n, k]. lda, ldb and
/// ldc are the elements between rows as stored. C is not read where beta is 0. Sums have no stated order.
void hrn_blas_sgemm(int transpose_a, int transpose_b, int32_t m, int32_t n, int32_t k, float alpha, const float *a,
                    int32_t lda, const float *b, int32_t ldb, float beta, float *c, int32_t ldc);

/// C[rows, columns] = A[rows, depth] * B[depth, columns], all row-major without gaps. Each sum begins at 0 and goes up the
/// depth, every product and every addition rounded: the same bits everywhere.
void hrn_plain_product(const float *a, const float *b, float *c, int64_t rows, int64_t depth, int64_t columns);

#ifdef __cplusplus
}
#endif
