// hrn_winograd8 by 512-bit VPDPBUSD: a vector is all 16 lanes, so that as many tiles are computed at once as hide its
// latency.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx512_begin.h"

enum { PIXELS = 12, UNROLL = 1 };

#include "../products/products_i8_avx512vnni.h"
#include "../common/conv2d_steps.h"
#include "winograd8_geometry.h"
#include "winograd8_products.h"

MULTIPLY(1) MULTIPLY(2) MULTIPLY(3) MULTIPLY(4) MULTIPLY(5) MULTIPLY(6) MULTIPLY(7) MULTIPLY(8)
MULTIPLY(9) MULTIPLY(10) MULTIPLY(11) MULTIPLY(12)

void hrn_winograd8_avx512vnni(const hrn_winograd8 *a, int32_t group0, int32_t group1, const uint8_t *v, void *scratch) {
  static const multiply_function functions[] = {
      multiply_1, multiply_2, multiply_3, multiply_4, multiply_5, multiply_6,
      multiply_7, multiply_8, multiply_9, multiply_10, multiply_11, multiply_12};
  run_winograd8(a, functions, group0, group1, v, scratch);
}

#include "../common/avx512_end.h"
#endif
