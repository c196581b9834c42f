#include "hrn_arguments.h"

static int count;
static char **arguments;

// glibc hands the arguments to every constructor of an ELF file.
__attribute__((constructor)) static void remember(int argc, char **argv) {
  count = argc;
  arguments = argv;
}

int32_t hrn_argument_count(void) { return count; }

const char *hrn_argument(int32_t index) { return index >= 0 && index < count ? arguments[index] : NULL; }
