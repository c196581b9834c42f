// The pool. A few numbers carry a task:
//   shares       for each thread the items of its own that are not yet claimed, [first, end). Claiming moves an end of
//                that, and only who has claimed reads the task.
//   unfinished   items whose call has not returned; who makes it 0 wakes the thread that runs the task.
//   generation   the number of tasks so far; workers without work wait for it to change.
// A thread takes its own share from the front: neighbouring items, and the same part of one task after another, so that
// what it has written is what it reads next, from its own core's caches. Then it takes what others have left from the
// back. A worker that sleeps through a task is not missed: the task ends when its items have. Waiting is a spin, since
// the next task usually comes within microseconds, then a sleep in the kernel. On a virtual machine who sleeps is back
// at work only 40 to 50 us after it is woken. So the spin is as long as an item takes, up to a few hundred microseconds,
// for which one thread may wait for another: within an inference hardly anybody sleeps.
#define _GNU_SOURCE
#include "hrn_threads.h"
#include "hrn_clock.h"
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SPIN_NANOSECONDS = 300000, SPINS_BETWEEN_LOOKS_AT_THE_CLOCK = 64, CACHE_LINE = 64, STACK_BYTES = 256 * 1024 };

/// The first item in the lower half, the end in the upper.
typedef struct {
  _Alignas(CACHE_LINE) _Atomic uint64_t items;
} share;

struct hrn_pool {
  // What changes at every item lies apart from what changes at every task.
  _Alignas(CACHE_LINE) _Atomic uint32_t unfinished;
  _Atomic uint32_t runner_sleeps;
  _Alignas(CACHE_LINE) _Atomic uint32_t generation;
  _Atomic uint32_t sleepers;
  _Atomic uint32_t stops;
  _Atomic int32_t started;
  void (*function)(void *, int32_t, int32_t);
  void *context;
  int32_t workers;
  pthread_t *threads;
  cpu_set_t allowed;    // when the pool was created
  int32_t caller_cpu;   // what the workers leave of that, if it is one; -1 otherwise
  int32_t share_count;  // of the thread that runs the tasks, and of each worker
  share shares[];
};

static void futex_wait(_Atomic uint32_t *word, uint32_t while_equal) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, while_equal, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word, uint32_t count) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// Waits until *word is not `value`, or until spinning has cost more than a sleep would.
static void spin_while_equal(_Atomic uint32_t *word, uint32_t value) {
  const int64_t start = hrn_clock_nanoseconds();
  do
    for (int i = 0; i < SPINS_BETWEEN_LOOKS_AT_THE_CLOCK; i++) {
      if (atomic_load_explicit(word, memory_order_acquire) != value) return;
      relax();
    }
  while (hrn_clock_nanoseconds() - start < SPIN_NANOSECONDS);
}

/// Claims the first item of a share, or the last; -1 where none is left.
static int32_t claim(share *s, int is_first) {
  uint64_t items = atomic_load_explicit(&s->items, memory_order_acquire);
  for (;;) {
    const uint32_t first = (uint32_t)items, end = (uint32_t)(items >> 32);
    if (first >= end) return -1;
    const uint64_t left = is_first ? items + 1 : items - ((uint64_t)1 << 32);
    if (atomic_compare_exchange_weak_explicit(&s->items, &items, left, memory_order_acq_rel, memory_order_acquire))
      return (int32_t)(is_first ? first : end - 1);
  }
}

/// Works on the present task until all its items are claimed.
static void work(hrn_pool *pool, int32_t worker) {
  for (int32_t i = 0; i < pool->share_count; i++) {
    share *s = &pool->shares[(worker + i) % pool->share_count];
    for (int32_t item; (item = claim(s, i == 0)) >= 0;) {
      pool->function(pool->context, item, worker);
      if (atomic_fetch_sub(&pool->unfinished, 1) == 1 && atomic_load(&pool->runner_sleeps))
        futex_wake(&pool->unfinished, 1);
    }
  }
}

/// Number 0 is the thread that runs the tasks.
static void *worker(void *argument) {
  hrn_pool *pool = argument;
  const int32_t number = 1 + atomic_fetch_add(&pool->started, 1);
  for (;;) {
    const uint32_t seen = atomic_load(&pool->generation);
    if (atomic_load(&pool->stops)) return NULL;
    work(pool, number);
    spin_while_equal(&pool->generation, seen);
    if (atomic_load(&pool->generation) != seen) continue;
    // The kernel compares the generation once more, after `sleepers` is up: no task can slip between.
    atomic_fetch_add(&pool->sleepers, 1);
    futex_wait(&pool->generation, seen);
    atomic_fetch_sub(&pool->sleepers, 1);
  }
}

void hrn_pool_run(hrn_pool *pool, void (*function)(void *context, int32_t item, int32_t worker), void *context,
                  int32_t items) {
  if (items <= 0) return;
  pool->function = function;
  pool->context = context;
  atomic_store(&pool->unfinished, (uint32_t)items);
  for (int64_t i = 0, count = pool->share_count; i < count; i++) {
    const uint64_t first = (uint64_t)((items * i + count - 1) / count);
    const uint64_t end = (uint64_t)((items * (i + 1) + count - 1) / count);
    atomic_store_explicit(&pool->shares[i].items, end << 32 | first, memory_order_release);
  }
  if (items > 1) {
    atomic_fetch_add(&pool->generation, 1);
    if (atomic_load(&pool->sleepers)) futex_wake(&pool->generation, (uint32_t)items - 1);
  }
  work(pool, 0);
  uint32_t left = atomic_load(&pool->unfinished);
  while (left > 0) {
    spin_while_equal(&pool->unfinished, left);
    left = atomic_load(&pool->unfinished);
    if (left == 0) break;
    atomic_store(&pool->runner_sleeps, 1);
    futex_wait(&pool->unfinished, left);
    atomic_store(&pool->runner_sleeps, 0);
    left = atomic_load(&pool->unfinished);
  }
}

/// Reads at most size - 1 bytes of a small file into text; the length, or -1.
static ssize_t read_text(const char *path, char *text, size_t size) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  const ssize_t length = read(file, text, size - 1);
  close(file);
  text[length > 0 ? length : 0] = 0;
  return length;
}

static long read_cpu_number(int cpu, const char *leaf, long otherwise) {
  char path[96], text[64];
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/%s", cpu, leaf);
  return read_text(path, text, sizeof text) > 0 ? strtol(text, NULL, 10) : otherwise;
}

/// The CPUs of the affinity mask, best first: fast cores before slow ones, then one hardware thread of every core
/// before its second. Returns how many there are.
static int cpus_in_order(int16_t cpus[CPU_SETSIZE]) {
  static const long capacity_where_unsaid = 1024;
  cpu_set_t allowed;
  int64_t rank[CPU_SETSIZE];
  int count = 0;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    const long capacity = read_cpu_number(cpu, "cpu_capacity", capacity_where_unsaid);
    const int is_second_thread = read_cpu_number(cpu, "topology/thread_siblings_list", cpu) < cpu;
    const int64_t mine = ((int64_t)-capacity * 2 + is_second_thread) * CPU_SETSIZE + cpu;
    int at = count++;
    for (; at > 0 && rank[at - 1] > mine; at--) {
      rank[at] = rank[at - 1];
      cpus[at] = cpus[at - 1];
    }
    rank[at] = mine;
    cpus[at] = (int16_t)cpu;
  }
  return count;
}

hrn_pool *hrn_pool_create(int32_t threads, int pin) {
  const int32_t workers = threads > 2 ? threads - 1 : 1;
  const size_t shares = sizeof(hrn_pool) + (size_t)(workers + 1) * sizeof(share);
  const size_t bytes = shares + (size_t)workers * sizeof(pthread_t);
  hrn_pool *pool = aligned_alloc(CACHE_LINE, (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
  if (!pool) return NULL;
  memset(pool, 0, bytes);
  pool->threads = (pthread_t *)((char *)pool + shares);
  pool->share_count = workers + 1;
  int16_t cpus[CPU_SETSIZE];
  const int count = pin ? cpus_in_order(cpus) : 0;
  const int leaves_one = count == workers + 1 && sched_getaffinity(0, sizeof pool->allowed, &pool->allowed) == 0;
  pool->caller_cpu = leaves_one ? cpus[0] : -1;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  // Signals are for the threads of the application.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int failed = 0;
  for (int32_t i = 0; i < workers && !failed; i++) {
    failed = pthread_create(&pool->threads[i], &attributes, worker, pool);
    if (failed) break;
    pool->workers++;
    // The first of the order is left to the thread that runs the tasks, which binds itself if it wants to.
    if (count > workers) {
      cpu_set_t own;
      CPU_ZERO(&own);
      CPU_SET(cpus[i + 1], &own);
      pthread_setaffinity_np(pool->threads[i], sizeof own, &own);
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  if (!failed) return pool;
  hrn_pool_destroy(pool);
  return NULL;
}

void hrn_pool_destroy(hrn_pool *pool) {
  if (!pool) return;
  atomic_store(&pool->stops, 1);
  atomic_fetch_add(&pool->generation, 1);
  futex_wake(&pool->generation, INT_MAX);
  for (int32_t i = 0; i < pool->workers; i++) pthread_join(pool->threads[i], NULL);
  free(pool);
}

int32_t hrn_pool_bind_caller(const hrn_pool *pool) { return pool && hrn_cpu_bind(pool->caller_cpu); }

void hrn_pool_release_caller(const hrn_pool *pool) {
  if (pool && pool->caller_cpu >= 0) sched_setaffinity(0, sizeof pool->allowed, &pool->allowed);
}

int32_t hrn_cpu_count(void) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  const int count = CPU_COUNT(&allowed);
  return count > 0 ? count : 1;
}

int32_t hrn_cpu_at(int32_t index) {
  int16_t cpus[CPU_SETSIZE];
  return index >= 0 && index < cpus_in_order(cpus) ? cpus[index] : -1;
}

int32_t hrn_cpu_bind(int32_t cpu) {
  if (cpu < 0 || cpu >= CPU_SETSIZE) return 0;
  cpu_set_t own;
  CPU_ZERO(&own);
  CPU_SET(cpu, &own);
  return sched_setaffinity(0, sizeof own, &own) == 0;
}

static int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }

/// quota / period in whole CPUs, at least 1; a quota of 0 or less is no limit.
static int32_t whole_cpus(long long quota, long long period) {
  if (quota <= 0 || period <= 0) return INT32_MAX;
  const long long cpus = quota / period;
  return cpus < 1 ? 1 : cpus > INT32_MAX ? INT32_MAX : (int32_t)cpus;
}

/// The limit of one group, whose files lie in `folder`: version 2 has one file, version 1 two.
static int32_t group_quota(const char *folder) {
  char path[PATH_MAX + 32], text[96];
  long long quota, period;
  snprintf(path, sizeof path, "%s/cpu.max", folder);
  if (read_text(path, text, sizeof text) > 0)
    return sscanf(text, "%lld %lld", &quota, &period) == 2 ? whole_cpus(quota, period) : INT32_MAX;
  snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
  if (read_text(path, text, sizeof text) <= 0) return INT32_MAX;
  quota = strtoll(text, NULL, 10);
  snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
  if (read_text(path, text, sizeof text) <= 0) return INT32_MAX;
  return whole_cpus(quota, strtoll(text, NULL, 10));
}

/// The smallest limit of a group and of all groups above it. Inside a container the groups above may not be visible,
/// and the group's own files may lie at the mount itself.
static int32_t hierarchy_quota(const char *mount, const char *group) {
  char folder[PATH_MAX];
  const size_t base = (size_t)snprintf(folder, sizeof folder, "%s", mount);
  const int length = snprintf(folder, sizeof folder, "%s%s", mount, group);
  if (base >= sizeof folder || length < 0 || (size_t)length >= sizeof folder) return INT32_MAX;
  int32_t quota = INT32_MAX;
  for (char *end = folder + length;; *end = 0) {
    quota = smaller(quota, group_quota(folder));
    end = strrchr(folder, '/');
    if (!end || end < folder + base) return quota;
  }
}

/// Whether a comma-separated list has `name`.
static int list_has(const char *list, const char *name) {
  const size_t length = strlen(name);
  for (const char *at = list; (at = strstr(at, name)) != NULL; at += length)
    if ((at == list || at[-1] == ',') && (at[length] == 0 || at[length] == ',')) return 1;
  return 0;
}

int32_t hrn_cpu_quota(const char *root) {
  char path[PATH_MAX], mount[PATH_MAX], text[8192];
  snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
  int32_t quota = INT32_MAX;
  if (read_text(path, text, sizeof text) <= 0) return quota;
  // Every line is "number:controllers:group"; version 2 names no controllers.
  char *rest = text;
  for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
    strsep(&line, ":");
    char *controllers = line ? strsep(&line, ":") : NULL;
    if (!line) continue;
    const int is_version_2 = *controllers == 0;
    if (!is_version_2 && !list_has(controllers, "cpu")) continue;
    snprintf(mount, sizeof mount, "%s/sys/fs/cgroup%s%s", root, is_version_2 ? "" : "/", controllers);
    quota = smaller(quota, hierarchy_quota(mount, strcmp(line, "/") == 0 ? "" : line));
    if (is_version_2) continue;
    snprintf(mount, sizeof mount, "%s/sys/fs/cgroup/cpu", root);
    quota = smaller(quota, hierarchy_quota(mount, strcmp(line, "/") == 0 ? "" : line));
  }
  return quota;
}

int32_t hrn_default_threads(void) { return smaller(4, smaller(hrn_cpu_count(), hrn_cpu_quota(""))); }
