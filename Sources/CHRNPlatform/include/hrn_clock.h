// Time that only moves forward.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Nanoseconds of the monotonic clock, whose zero means nothing.
int64_t hrn_clock_nanoseconds(void);
/// Nanoseconds since this process was started, as the kernel counts; 0 where it does not say.
int64_t hrn_process_age_nanoseconds(void);

#ifdef __cplusplus
}
#endif
