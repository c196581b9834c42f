// The Winograd of floats on 256-bit vectors: products of up to 6 tiles x 16 lanes, 12 accumulators.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"
#include "winograd_f32_memory.h"

#include "../common/avx2_begin.h"
#include "../common/maps_bf16_256.h"
#include "../products/products_f32_avx2.h"

#define PART HRN_INLINE
#define PIXELS 6
#define HAS_FEW_TILES 1
#define HRN_NAME(family) hrn_##family##_avx2
enum { UNROLL = HRN_STEPS(4), CHUNK = 64, FEW_CHUNK = 32, PAIRS = 1, SUM_LINES = 64 };

#include "winograd_f32_body.h"

#include "../common/tier_end.h"
#endif
