// The input of hrn_winograd8 on 128-bit vectors, 8 channels at a time. A file per tier defines how its products read an
// input in memory, and includes this:
//
//   FLIPPED_BITS  of each byte of 8 neighbouring inputs, the first one's lowest: signed numbers are inputs less 128 where
//                 these are 0x80, and 127 less inputs where they are 0x7f; 0 for unsigned ones

enum { INPUT_LANES = 8 };
typedef int16_t words __attribute__((vector_size(16)));

HRN_INLINE words load_words(const uint8_t *x) { return (words)vmovl_u8(vld1_u8(x)); }

/// A multiplier is not below 0, so that nothing is saturated.
HRN_INLINE words scale_words(words x, int16_t multiplier) {
  return (words)vqrdmulhq_s16((int16x8_t)x, vdupq_n_s16(multiplier));
}

HRN_INLINE void store_words(uint8_t *p, words x) {
  vst1_u8(p, veor_u8(vqmovun_s16((int16x8_t)x), vcreate_u8(FLIPPED_BITS)));
}

#include "winograd8_input.h"
