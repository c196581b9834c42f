// Workers that share the items of one task after another, and how many of them this process should have.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Workers asleep until there is a task. The thread that runs a task works too.
typedef struct hrn_pool hrn_pool;

/// Starts `threads` - 1 workers, at least one. With `pin` each is bound to a CPU of its own, as far as there are enough
/// that this process may use. Null where no memory or no thread is to be had; nothing is left behind then.
hrn_pool *hrn_pool_create(int32_t threads, int pin);

/// Calls function(context, item, worker) once for every item in [0, items) and returns when all calls have returned. Each
/// thread begins with its equal share of neighbouring items, the first being the caller's, and goes on with those that
/// others have not come to. `worker` is below `threads` (or 2); no two calls at a time have the same. Allocates nothing.
/// One run at a time, and none from within an item.
void hrn_pool_run(hrn_pool *pool, void (*function)(void *context, int32_t item, int32_t worker), void *context,
                  int32_t items);

/// Ends the workers and frees the pool; null is allowed.
void hrn_pool_destroy(hrn_pool *pool);

/// Binds the calling thread to the CPU that a pool's bound workers leave to the one that runs the tasks. 0, and nothing
/// done, where they leave none or more than one, or the pool is null. What the thread starts afterwards inherits this.
int32_t hrn_pool_bind_caller(const hrn_pool *pool);
/// Lets the calling thread use again all that this process could when the pool was created.
void hrn_pool_release_caller(const hrn_pool *pool);

/// CPUs that this process may use: by its affinity.
int32_t hrn_cpu_count(void);
/// The number of one of them, in the order in which pools take them; -1 past the last.
int32_t hrn_cpu_at(int32_t index);
/// Binds the calling thread to a CPU; 0 where that cannot be.
int32_t hrn_cpu_bind(int32_t cpu);
/// Whole CPUs that the control groups of this process grant it, at least 1; INT32_MAX where they do not limit it.
/// `root` goes before every path that is read: "" for this machine.
int32_t hrn_cpu_quota(const char *root);
/// The smallest of hrn_cpu_count, hrn_cpu_quota and 4.
int32_t hrn_default_threads(void);

#ifdef __cplusplus
}
#endif
