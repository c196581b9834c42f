// hrn_winograd8 by VPMADDWD on bytes widened to 16 bits, or by VPMADDUBSW where weights are narrow.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx2_begin.h"

#define PIXELS 5

#include "../products/products_i8_wide_avx2.h"
#include "winograd8_geometry.h"
#define HRN_NAME(function) hrn_##function##_avx2
#include "winograd8_input.h"
#include "winograd8_pool.h"
#include "winograd8_products.h"

void hrn_winograd8_avx2(const hrn_winograd8 *a, int32_t group0, int32_t group1, const uint8_t *v, void *scratch) {
  if (a->is_narrow) hrn_winograd8_narrow_avx2(a, group0, group1, v, scratch);
  else run_winograd8(a, group0, group1, v, scratch);
}

#include "../common/tier_end.h"
#endif
