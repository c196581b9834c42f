// Large memory and elementary functions: what the lean rooms would otherwise ask the C library for by itself.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Zeroed memory at a page's beginning, in large pages where the system has them; null where there is not as much.
void *hrn_memory_map(int64_t bytes);
/// Gives back what hrn_memory_map returned for the same size; null is allowed.
void hrn_memory_unmap(void *memory, int64_t bytes);

/// Gives the system back what has been freed and the C library keeps for later.
void hrn_memory_trim(void);

/// The most bytes that this process has held at a time, its own code included; 0 where the system does not say.
int64_t hrn_memory_peak(void);

/// e to the power x, and the natural logarithm, for numbers that people read; nothing that reaches a file or another
/// kernel goes through these, since their last bit depends on the C library.
double hrn_exp(double x);
double hrn_log(double x);

#ifdef __cplusplus
}
#endif
