// The Winograd of bfloat16 products by VDPBF16PS: up to 7 tiles x 64 lanes, 28 accumulators.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"
#include "winograd16_memory.h"

#include "../common/avx512bf16_begin.h"

#define PART HRN_INLINE
#define PIXELS 7
#define HAS_NARROW_TILES 1
#define HAS_BF16_STORES 1
#define HRN_NAME(family) hrn_##family##_avx512bf16
enum { UNROLL = 1 };

#include "../common/floats_512.h"
#include "../common/maps_bf16_512.h"
#include "../products/products_bf16_avx512bf16.h"
#include "../common/conv2d_steps.h"

#if defined(HRN_EMULATED)
#include "winograd16_pairs.h"
#else
/// 16 pairs as floats: `first` has those of lanes 0, 1, 4, 5, 8, 9, 12 and 13, `second` the others. One instruction makes a
/// vector of floats, and one rounds two of them to neighbouring halves of a vector.
typedef struct {
  vector first, second;
} halves;

HRN_INLINE halves split_pairs(const uint16_t *p) {
  const __m512i none = _mm512_setzero_si512(), pairs = load_pairs(p);
  return (halves){_mm512_castsi512_ps(_mm512_unpacklo_epi16(none, pairs)),
                  _mm512_castsi512_ps(_mm512_unpackhi_epi16(none, pairs))};
}

HRN_INLINE void join_pairs(uint16_t *p, halves x) {
  const __m512bh nearest = _mm512_cvtne2ps_pbh(x.second, x.first);
  memcpy(p, &nearest, sizeof nearest);
}

/// From the order of join_pairs, lanes of `first` before those of `second`.
HRN_INLINE vector in_order(vector sums) {
  return _mm512_permutexvar_ps(_mm512_setr_epi32(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15), sums);
}
#endif

#include "winograd16_body.h"

#include "../common/tier_end.h"
#endif
