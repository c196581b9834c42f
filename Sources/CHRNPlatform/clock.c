#include "hrn_clock.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t nanoseconds(clockid_t clock) {
  struct timespec t;
  if (clock_gettime(clock, &t) != 0) return 0;
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t hrn_clock_nanoseconds(void) { return nanoseconds(CLOCK_MONOTONIC); }

int64_t hrn_process_age_nanoseconds(void) {
  char text[1024];
  const int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length <= 0) return 0;
  text[length] = 0;
  // The second field, the name, may hold anything up to the last parenthesis; the start time is the 22nd.
  const char *p = strrchr(text, ')');
  for (int field = 2; p && field < 22; field++) p = strchr(p + 1, ' ');
  const long ticks = sysconf(_SC_CLK_TCK);
  if (!p || ticks <= 0) return 0;
  const int64_t start = (int64_t)(strtoull(p, 0, 10) * (1000000000ull / (unsigned long long)ticks));
  const int64_t age = nanoseconds(CLOCK_BOOTTIME) - start;
  return age > 0 ? age : 0;
}
