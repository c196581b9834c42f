// The int8 Winograd by 512-bit VPDPWSSD: products of up to 12 tiles x 32 lanes in 24 accumulators.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"
#include "winograd_i8_memory.h"

#include "../common/avx512_begin.h"

#define PIXELS 4
#define TILES 12
#define TILES_OF_TWO 6
#define HAS_ROWS 1
#define HAS_NARROW_TILES 1
#define FEW_TILES_NAME hrn_winograd_i8_avx2
#define HRN_NAME hrn_winograd_i8_avx512vnni
typedef hrn_conv2d_i8 arguments;
typedef __m512i vector;
enum { VECTORS = 4, SLICE = 2, VECTOR_LANES = 16, PASS_CHUNKS = 1, PASS_TILES = 56 };

#include "../conv2d_i8/conv2d_i8_finish512.h"

/// 4 channels of 16 lanes: channels 0 and 1 of each lane in *low, 2 and 3 in *high.
HRN_INLINE void load_taps(const int8_t *w, vector *low, vector *high) {
  const __m512i in_lane = _mm512_set4_epi32(0x0F0D0E0C, 0x0B090A08, 0x07050604, 0x03010200);
  const __m512i bytes = _mm512_shuffle_epi8(_mm512_loadu_si512(w), in_lane);
  // Sums of the products of neighbouring bytes with 1 and 0, 0 and 1.
  *low = _mm512_maddubs_epi16(_mm512_set1_epi16(0x0001), bytes);
  *high = _mm512_maddubs_epi16(_mm512_set1_epi16(0x0100), bytes);
}

HRN_INLINE vector add_pair(vector acc, const int16_t *two, vector lanes) {
  int32_t both;
  memcpy(&both, two, sizeof both);
  return _mm512_dpwssd_epi32(acc, _mm512_set1_epi32(both), lanes);
}

#include "winograd_i8_pairs.h"
#include "winograd_i8_body.h"

#include "../common/tier_end.h"
#endif
