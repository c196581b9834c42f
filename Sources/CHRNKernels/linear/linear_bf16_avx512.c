// Matrix times vector in float32 with weights of bfloat16 on AVX-512.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx512_begin.h"
#include "../common/floats_512.h"
#include "../common/maps_bf16_512.h"

typedef float element;
typedef uint16_t weight;
typedef float sum;
typedef __m512 vector;
/// Vectors of sums per row of weights, at most; lanes per vector; k per step.
enum { VECTORS = 4, VECTOR_LANES = 16, K_STEP = 2 };

#include "../products/products_bf16_rows.h"

#define HAS_HALF_STEPS 1
#define HRN_NAME hrn_linear_bf16_avx512
#include "linear_body.h"
#include "../common/tier_end.h"
#endif
