// The Winograd of bfloat16 products by 256-bit fused multiply-adds: up to 6 tiles x 16 lanes, 12 accumulators.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"
#include "winograd16_memory.h"

#include "../common/avx2_begin.h"

#define PART HRN_INLINE
#define PIXELS 6
#define HRN_NAME(family) hrn_##family##_avx2

#include "../common/floats_256.h"
#include "../common/maps_bf16_256.h"
#include "../products/products_bf16_avx2.h"

#include "winograd16_pairs.h"
#include "winograd16_body.h"

#include "../common/tier_end.h"
#endif
