// The Winograd of floats on 512-bit vectors: products of up to 7 tiles x 64 lanes, 28 accumulators.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"
#include "winograd_f32_memory.h"

#include "../common/avx512_begin.h"
#include "../common/maps_bf16_512.h"
#include "../products/products_f32_avx512.h"

#define PART HRN_INLINE
#define PIXELS 7
#define HAS_NARROW_TILES 1
#define HRN_NAME(family) hrn_##family##_avx512
enum { UNROLL = HRN_STEPS(4), CHUNK = 32, FEW_CHUNK = 32, PAIRS = 3, SUM_LINES = 224 };

#include "winograd_f32_body.h"

#include "../common/tier_end.h"
#endif
