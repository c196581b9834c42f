// Options of the command line, by getopt_long.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  const char *name;      // without the dashes
  int32_t takes_value;   // 0 or 1
  int32_t letter;        // of the short form, or 0
} hrn_option;

/// What hrn_next_option may answer instead of an option's index.
enum {
  HRN_OPTIONS_END = -1,
  HRN_OPTION_UNKNOWN = -2,
  HRN_OPTION_AMBIGUOUS = -3,     // a short form of several names
  HRN_OPTION_NEEDS_VALUE = -4,
  HRN_OPTION_TAKES_NO_VALUE = -5,
};

/// The next option of this process's arguments: its index in `options`, at most 64, or one of the answers above. Long
/// names may be cut short as long as they stay unique; options may stand behind operands; "--" ends them.
/// `value` receives the option's value, null where it has none, or the argument at fault.
int32_t hrn_next_option(const hrn_option *options, int32_t count, const char **value);

/// After the end: how many arguments are no options, and each of them.
int32_t hrn_operand_count(void);
const char *hrn_operand(int32_t index);

#ifdef __cplusplus
}
#endif
