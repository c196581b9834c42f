// The Winograd of floats on 128-bit vectors: products of up to 6 tiles x 16 lanes, 24 accumulators.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"
#include "../common/maps_bf16_neon.h"
#include "winograd_f32_memory.h"

#define PART static
#define PIXELS 6
#define HRN_NAME(family) hrn_##family##_neon
enum { CHUNK = 64, FEW_CHUNK = 32, PAIRS = 1, SUM_LINES = 64 };

#include "../products/products_f32_lanes_neon.h"

#define HAS_ADD_TAP 1
#include "winograd_f32_body.h"
#endif
