// What a core can do at most: loops that do nothing but multiply, and loops that do nothing but read. Whoever measures
// kernels runs them beside, and states a kernel's rate as a share of this.
#pragma once
#include "hrn_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A loop of multiplications whose operands never leave the registers, in as many chains as hide their latency.
typedef struct {
  const char *instruction;  // what the tier's kernels multiply by; "C" where the compiler chooses
  int64_t products;         // of one round; a multiplication and the addition of its result count as one
  void (*run)(int64_t rounds);
} hrn_peak;

/// The loops of one tier.
typedef struct {
  hrn_tier tier;
  hrn_peak float32;
  hrn_peak bfloat16;    // none where it is computed by float32
  hrn_peak int8;        // exact sums of u8 * s8
  hrn_peak int8_pairs;  // the same where sums of two products must fit 16 bits; none where int8 is as fast
  hrn_peak int16;       // s16 * s16, as Winograd's transformed maps need; none where int8 is computed by it
  /// Reads `bytes` bytes, a multiple of 256, `times` times.
  void (*read)(const void *memory, int64_t bytes, int64_t times);
} hrn_peaks;

/// The loops of the best tier that this machine has and that is not above `ceiling`. A loop that a tier does not have
/// has no `run`.
const hrn_peaks *hrn_peaks_at(hrn_tier ceiling);

#ifdef __cplusplus
}
#endif
