#define _GNU_SOURCE
#include "hrn_options.h"
#include "hrn_arguments.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_LIMIT = 64, FIRST_CODE = 256 };

static int count;
static char **arguments;

/// A copy of the arguments, since getopt_long puts them into another order.
static int copy_arguments(void) {
  if (arguments) return 1;
  const int32_t found = hrn_argument_count();
  arguments = calloc((size_t)found + 1, sizeof *arguments);
  if (!arguments) return 0;
  for (count = 0; count < found; count++) arguments[count] = (char *)(uintptr_t)hrn_argument(count);
  opterr = 0;
  return 1;
}

/// Whether a long option is the beginning of several names and the whole of none.
static int is_ambiguous(const hrn_option *options, int32_t option_count, const char *argument) {
  if (strncmp(argument, "--", 2) != 0) return 0;
  const char *name = argument + 2;
  const size_t length = strcspn(name, "=");
  int matches = 0;
  for (int32_t i = 0; i < option_count; i++) {
    if (strncmp(options[i].name, name, length) != 0) continue;
    if (strlen(options[i].name) == length) return 0;
    matches++;
  }
  return matches > 1;
}

int32_t hrn_next_option(const hrn_option *options, int32_t option_count, const char **value) {
  struct option longs[OPTION_LIMIT + 1];
  char letters[2 * OPTION_LIMIT + 2] = ":";
  if (option_count > OPTION_LIMIT || !copy_arguments()) return HRN_OPTIONS_END;
  memset(longs, 0, sizeof longs);
  size_t used = 1;
  for (int32_t i = 0; i < option_count; i++) {
    longs[i].name = options[i].name;
    longs[i].has_arg = options[i].takes_value ? required_argument : no_argument;
    longs[i].val = FIRST_CODE + i;
    if (!options[i].letter) continue;
    letters[used++] = (char)options[i].letter;
    if (options[i].takes_value) letters[used++] = ':';
  }
  const int code = getopt_long(count, arguments, letters, longs, NULL);
  *value = optarg;
  if (code == -1) return HRN_OPTIONS_END;
  if (code >= FIRST_CODE) return code - FIRST_CODE;
  if (code != '?' && code != ':') {
    for (int32_t i = 0; i < option_count; i++)
      if (options[i].letter == code) return i;
  }
  // The option is at fault, and getopt has just gone past the argument that it is in.
  const int index = optind > 0 ? optind - 1 : 0;
  *value = index < count ? arguments[index] : "";
  if (optopt > 0 && optopt < FIRST_CODE) {
    static char letter[3] = "-";
    letter[1] = (char)optopt;
    *value = letter;
    return code == ':' ? HRN_OPTION_NEEDS_VALUE : HRN_OPTION_UNKNOWN;
  }
  if (code == ':') return HRN_OPTION_NEEDS_VALUE;
  if (optopt >= FIRST_CODE) return HRN_OPTION_TAKES_NO_VALUE;
  return is_ambiguous(options, option_count, *value) ? HRN_OPTION_AMBIGUOUS : HRN_OPTION_UNKNOWN;
}

int32_t hrn_operand_count(void) { return count - optind; }

const char *hrn_operand(int32_t index) {
  return index >= 0 && index < hrn_operand_count() ? arguments[optind + index] : NULL;
}
