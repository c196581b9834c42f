// The command line, for programs whose language does not hand it over.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// How many arguments the process was started with, the program's name included.
int32_t hrn_argument_count(void);
/// The argument at `index`; null outside the range.
const char *hrn_argument(int32_t index);

#ifdef __cplusplus
}
#endif
