// Time that only moves forward.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Nanoseconds of the monotonic clock, whose zero means nothing.
int64_t hrn_clock_nanoseconds(void);

#ifdef __cplusplus
}
#endif
