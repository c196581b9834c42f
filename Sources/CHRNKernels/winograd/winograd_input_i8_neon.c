// The input of the int8 Winograd on 128-bit vectors, 8 channels at a time.
#include "../tiers.h"

#if HRN_HAS_ARM_TIERS
#include "../common/neon.h"
#include "winograd_i8_memory.h"

enum { LANES = 8 };
typedef int16_t words __attribute__((vector_size(16)));

HRN_INLINE words widen(const uint8_t *x) { return (words)vmovl_u8(vld1_u8(x)); }

HRN_INLINE void store_words(int16_t *v, words x) { vst1q_s16(v, (int16x8_t)x); }

#include "winograd_input_i8_body.h"

void hrn_winograd_input_i8_neon(const hrn_conv2d_i8 *a, int32_t block0, int32_t block1, int32_t row0, int32_t row1,
                                int16_t *v) {
  transform_input(a, block0, block1, row0, row1, v);
}
#endif
