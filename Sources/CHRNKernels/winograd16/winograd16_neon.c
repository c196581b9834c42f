// The Winograd of bfloat16 products on 128-bit vectors: up to 5 tiles x 16 lanes, 20 accumulators.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"
#include "winograd16_memory.h"

#define PART HRN_INLINE
#define PIXELS 5
#define HRN_NAME(family) hrn_##family##_neon

#include "../common/floats_neon.h"
#include "../common/maps_bf16_neon.h"
#include "../products/products_bf16_neon.h"

#include "winograd16_pairs.h"
#include "winograd16_body.h"
#endif
