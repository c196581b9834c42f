#include "peak.h"

const hrn_peaks *hrn_peaks_at(hrn_tier ceiling) {
  switch (hrn_kernels_at(ceiling)->tier) {
#if defined(__x86_64__)
    case HRN_TIER_AVX2: return &hrn_peaks_avx2;
    case HRN_TIER_AVXVNNI: return &hrn_peaks_avxvnni;
    case HRN_TIER_AVX512VNNI: return &hrn_peaks_avx512vnni;
    case HRN_TIER_AVX512BF16: return &hrn_peaks_avx512bf16;
#endif
    default: return &hrn_peaks_scalar;
  }
}
