#include "hrn_test_allocations.h"
#include <errno.h>
#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HRN_SANITIZED 1
#endif
#endif

static _Thread_local int counts;
static _Thread_local int64_t count;

#ifndef HRN_SANITIZED
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t number, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
  count += counts;
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  count += counts;
  return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
  count += counts;
  return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count += counts;
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  count += counts;
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}
#endif

void hrn_test_start_counting(void) {
  count = 0;
  counts = 1;
}

int64_t hrn_test_stop_counting(void) {
  counts = 0;
#ifdef HRN_SANITIZED
  return -1;
#else
  return count;
#endif
}
