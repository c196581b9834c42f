// The int8 Winograd by VPMADDWD: products of up to 6 tiles x 16 lanes in 12 accumulators.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"
#include "winograd_i8_memory.h"

#include "../common/avx2_begin.h"

#define PIXELS 4
#define TILES 6
#define HAS_FEW_TILES 1
#define HRN_NAME hrn_winograd_i8_avx2
typedef hrn_conv2d_i8 arguments;
typedef __m256i vector;
enum { VECTORS = 2, SLICE = VECTORS, VECTOR_LANES = 8, PASS_CHUNKS = 2, PASS_TILES = 64 };

#include "../conv2d_i8/conv2d_i8_finish256.h"
#include "winograd_i8_taps256.h"

HRN_INLINE vector add_pair(vector acc, const int16_t *two, vector lanes) {
  int32_t both;
  memcpy(&both, two, sizeof both);
  return _mm256_add_epi32(acc, _mm256_madd_epi16(_mm256_set1_epi32(both), lanes));
}

#include "winograd_i8_pairs.h"
#include "winograd_i8_body.h"

#include "../common/tier_end.h"
#endif
