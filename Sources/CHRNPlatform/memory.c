#define _GNU_SOURCE
#include "hrn_memory.h"
#include <math.h>
#include <sys/mman.h>

void *hrn_memory_map(int64_t bytes) {
  if (bytes <= 0) return 0;
  void *memory = mmap(0, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? 0 : memory;
}

void hrn_memory_unmap(void *memory, int64_t bytes) {
  if (memory) munmap(memory, (size_t)bytes);
}

double hrn_exp(double x) { return exp(x); }
double hrn_log(double x) { return log(x); }
