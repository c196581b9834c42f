#define _GNU_SOURCE
#include "hrn_memory.h"
#include <fcntl.h>
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *hrn_memory_map(int64_t bytes) {
  if (bytes <= 0) return 0;
  void *memory = mmap(0, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 0;
  // Large pages are a wish: without them it is the same memory, only found more slowly.
  madvise(memory, (size_t)bytes, MADV_HUGEPAGE);
  return memory;
}

void hrn_memory_unmap(void *memory, int64_t bytes) {
  if (memory) munmap(memory, (size_t)bytes);
}

void hrn_memory_trim(void) { malloc_trim(0); }

// Not getrusage: what that says counts the process before exec too, and so whoever started this one.
int64_t hrn_memory_peak(void) {
  static const char key[] = "VmHWM:";
  char text[4096];
  const int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  text[length > 0 ? length : 0] = 0;
  const char *line = strstr(text, key);
  return line ? strtoll(line + sizeof key - 1, 0, 10) * 1024 : 0;
}

double hrn_exp(double x) { return exp(x); }
double hrn_log(double x) { return log(x); }
