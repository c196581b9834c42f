// hrn_winograd8 by SDOT: up to 5 tiles x 16 lanes, 20 accumulators. It knows signed numbers only: inputs are less 128 in
// memory.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"

#include "../common/dotprod_begin.h"

#define PIXELS 5
#define HAS_SIGNED_INPUTS 1
#define FLIPPED_BITS 0x8080808080808080
#define POOL hrn_winograd8_pool_scalar

#include "../products/products_i8_dotprod.h"
#include "../products/products_i8_dots.h"
#include "winograd8_geometry.h"
#include "winograd8_input_neon.h"
#include "winograd8_products.h"

void hrn_winograd8_input_dotprod(const hrn_winograd8 *a, int32_t block0, int32_t block1, uint8_t *v) {
  run_winograd8_input(a, block0, block1, v);
}

void hrn_winograd8_dotprod(const hrn_winograd8 *a, int32_t group0, int32_t group1, const uint8_t *v, void *scratch) {
  run_winograd8(a, group0, group1, v, scratch);
}

#include "../common/tier_end.h"
#endif
