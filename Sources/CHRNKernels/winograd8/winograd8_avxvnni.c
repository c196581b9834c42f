// hrn_winograd8 by 256-bit VPDPBUSD (VEX).
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avxvnni_begin.h"

enum { PIXELS = 6, UNROLL = 1 };

#include "../products/products_i8_avxvnni.h"
#include "../common/conv2d_steps.h"
#include "winograd8_geometry.h"
#include "winograd8_products.h"

MULTIPLY(1) MULTIPLY(2) MULTIPLY(3) MULTIPLY(4) MULTIPLY(5) MULTIPLY(6)

void hrn_winograd8_avxvnni(const hrn_winograd8 *a, int32_t group0, int32_t group1, const uint8_t *v, void *scratch) {
  static const multiply_function functions[] = {multiply_1, multiply_2, multiply_3, multiply_4, multiply_5, multiply_6};
  run_winograd8(a, functions, group0, group1, v, scratch);
}

#include "../common/avxvnni_end.h"
#endif
