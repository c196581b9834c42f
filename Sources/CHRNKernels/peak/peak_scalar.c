#include "peak.h"

enum { LANES = 16 };

/// Keeps the compiler from knowing what `values` are, and from dropping what nobody reads.
#define HRN_PEAK_HIDE(values) __asm__ volatile("" : "+m"(values))

static void multiply_f32(int64_t rounds) {
  float sums[LANES] = {0}, x[LANES] = {0};
  for (int64_t round = 0; round < rounds; round++) {
    HRN_PEAK_HIDE(x);
    for (int lane = 0; lane < LANES; lane++) sums[lane] += x[lane] * x[lane];
  }
  HRN_PEAK_HIDE(sums);
}

static void multiply_i8(int64_t rounds) {
  int32_t sums[LANES] = {0};
  int16_t x[2 * LANES] = {0};
  for (int64_t round = 0; round < rounds; round++) {
    HRN_PEAK_HIDE(x);
    for (int lane = 0; lane < LANES; lane++)
      sums[lane] += x[2 * lane] * x[2 * lane] + x[2 * lane + 1] * x[2 * lane + 1];
  }
  HRN_PEAK_HIDE(sums);
}

static void read_all(const void *memory, int64_t bytes, int64_t times) {
  const uint64_t *words = memory;
  uint64_t sum = 0;
  for (int64_t time = 0; time < times; time++) {
    for (int64_t i = 0; i < bytes / 8; i += 4) sum += words[i] ^ words[i + 1] ^ words[i + 2] ^ words[i + 3];
    __asm__ volatile("" : "+r"(sum));
  }
}

const hrn_peaks hrn_peaks_scalar = {
    .tier = HRN_TIER_SCALAR,
    .float32 = {"C", LANES, multiply_f32},
    .int8 = {"C", 2 * LANES, multiply_i8},
    .read = read_all,
};
