// Counts the allocations of one thread, by standing in for the C library's functions in the test program.
#pragma once
#include <stdint.h>

/// From now on counts what the calling thread allocates.
void hrn_test_start_counting(void);
/// Allocations of the calling thread since it started to count; it no longer does. -1 where they cannot be counted.
int64_t hrn_test_stop_counting(void);
