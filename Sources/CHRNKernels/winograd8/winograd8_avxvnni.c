// hrn_winograd8 by 256-bit VPDPBUSD (VEX).
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avxvnni_begin.h"

#define PIXELS 6
enum { UNROLL = 1 };

#include "../products/products_i8_avxvnni.h"
#include "../common/conv2d_steps.h"
#include "winograd8_geometry.h"
#include "winograd8_products.h"

void hrn_winograd8_avxvnni(const hrn_winograd8 *a, int32_t group0, int32_t group1, const uint8_t *v, void *scratch) {
  run_winograd8(a, group0, group1, v, scratch);
}

#include "../common/tier_end.h"
#endif
