// bfloat16: the upper half of a float, in 16 bits.
#pragma once
#include <stdint.h>
#include <string.h>

static inline float hrn_float_of_bf16(uint16_t bits) {
  const uint32_t wide = (uint32_t)bits << 16;
  float x;
  memcpy(&x, &wide, sizeof x);
  return x;
}

/// The one that x is.
static inline uint16_t hrn_bf16_equal_to(float x) {
  uint32_t wide;
  memcpy(&wide, &x, sizeof wide);
  return (uint16_t)(wide >> 16);
}

/// The nearest one, of two as near the one whose last bit is 0. A float is its own upper half and a fraction of it: the
/// carry into the upper half is what rounds, past the largest to infinity. It would make numbers of some NaNs: they keep
/// their upper half, made quiet.
static inline uint16_t hrn_bf16_of_float(float x) {
  uint32_t wide;
  memcpy(&wide, &x, sizeof wide);
  const uint32_t rounded = wide + 0x7FFF + (wide >> 16 & 1);
  return (uint16_t)((x != x ? wide | 0x400000 : rounded) >> 16);
}
