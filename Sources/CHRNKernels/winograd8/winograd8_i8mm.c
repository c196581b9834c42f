// hrn_winograd8 by SUDOT.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"

#include "../common/i8mm_begin.h"

#define FLIPPED_BITS 0
#define ADD_DOTS(acc, row, x, lane) vsudotq_laneq_s32(acc, row, x, lane)
#include "winograd8_dots.h"

void hrn_winograd8_input_i8mm(const hrn_winograd8 *a, int32_t block0, int32_t block1, uint8_t *v) {
  run_winograd8_input(a, block0, block1, v);
}

void hrn_winograd8_i8mm(const hrn_winograd8 *a, int32_t group0, int32_t group1, const uint8_t *v, void *scratch) {
  run_winograd8(a, group0, group1, v, scratch);
}

#include "../common/tier_end.h"
#endif
