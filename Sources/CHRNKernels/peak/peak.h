// The loops of every tier, for peaks.c to choose from.
#pragma once
#include "hrn_peaks.h"

/// Independent chains: more than latency times throughput of any CPU so far, and as many as 16 registers hold.
enum { HRN_PEAK_CHAINS = 12 };

#define HRN_PEAK_REPEAT(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)

extern const hrn_peaks hrn_peaks_scalar;
#if defined(__x86_64__)
extern const hrn_peaks hrn_peaks_avx2, hrn_peaks_avxvnni, hrn_peaks_avx512vnni, hrn_peaks_avx512bf16;
void hrn_peak_fma_avx2(int64_t rounds);
void hrn_peak_read_avx2(const void *memory, int64_t bytes, int64_t times);
#endif
