// Matrix times vector in float32 with weights of bfloat16 on AVX2.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx2_begin.h"
#include "../common/floats_256.h"
#include "../common/maps_bf16_256.h"

typedef float element;
typedef uint16_t weight;
typedef float sum;
typedef __m256 vector;
/// Vectors of sums per row of weights, at most; lanes per vector; k per step.
enum { VECTORS = 2, VECTOR_LANES = 8, K_STEP = 2 };

#include "../products/products_bf16_rows.h"

#define HAS_HALF_STEPS 1
#define HRN_NAME hrn_linear_bf16_avx2
#include "linear_body.h"
#include "../common/tier_end.h"
#endif
