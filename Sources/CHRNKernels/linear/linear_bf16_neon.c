// Matrix times vector in float32 with weights of bfloat16 on NEON.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"

#include "../common/floats_neon.h"
#include "../common/maps_bf16_neon.h"

typedef float element;
typedef uint16_t weight;
typedef float sum;
typedef float32x4_t vector;
/// Vectors of sums per row of weights; lanes per vector; k per step.
enum { VECTORS = 4, VECTOR_LANES = 4, K_STEP = 2 };

#include "../products/products_bf16_rows.h"

#define HAS_HALF_STEPS 1
#define HRN_NAME hrn_linear_bf16_neon
#include "linear_body.h"
#endif
