// hrn_winograd8 by SDOT, which knows signed numbers only: inputs are less 128 in memory.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"

#include "../common/dotprod_begin.h"

#define FLIPPED_BITS 0x8080808080808080
#define ADD_DOTS(acc, row, x, lane) vdotq_laneq_s32(acc, row, vreinterpretq_s8_u8(x), lane)
#include "winograd8_dots.h"

void hrn_winograd8_input_dotprod(const hrn_winograd8 *a, int32_t block0, int32_t block1, uint8_t *v) {
  run_winograd8_input(a, block0, block1, v);
}

void hrn_winograd8_dotprod(const hrn_winograd8 *a, int32_t group0, int32_t group1, const uint8_t *v, void *scratch) {
  run_winograd8(a, group0, group1, v, scratch);
}

#include "../common/tier_end.h"
#endif
