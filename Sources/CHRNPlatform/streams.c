#define _GNU_SOURCE
#include "hrn_streams.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

void hrn_ignore_broken_pipes(void) { signal(SIGPIPE, SIG_IGN); }

int hrn_is_broken_pipe(int32_t error) { return error == EPIPE; }

int32_t hrn_open_stream(const char *path, int32_t *error) {
  const int stream = open(path, O_RDONLY | O_CLOEXEC);
  *error = stream < 0 ? errno : 0;
  return stream;
}

void hrn_close_stream(int32_t stream) { close(stream); }

/// Whether to try again after a read or a write that failed: one that was interrupted, or would have had to wait, as on
/// a pipe that whoever shares it has made non-blocking. In the second case waits first.
static int is_worth_another(int32_t stream, short event) {
  if (errno == EINTR) return 1;
  if (errno != EAGAIN) return 0;
  struct pollfd ready = {.fd = stream, .events = event};
  return poll(&ready, 1, -1) >= 0 || errno == EINTR;
}

int64_t hrn_read_stream(int32_t stream, uint8_t *bytes, int64_t size, int32_t *error) {
  ssize_t count;
  do count = read(stream, bytes, (size_t)size);
  while (count < 0 && is_worth_another(stream, POLLIN));
  *error = count < 0 ? errno : 0;
  return count;
}

int32_t hrn_write_stream(int32_t stream, const uint8_t *bytes, int64_t size, int32_t *error) {
  *error = 0;
  while (size > 0) {
    const ssize_t count = write(stream, bytes, (size_t)size);
    if (count < 0 && is_worth_another(stream, POLLOUT)) continue;
    if (count < 0) {
      *error = errno;
      return -1;
    }
    bytes += count;
    size -= count;
  }
  return 0;
}

int32_t hrn_error_directory(void) { return EISDIR; }

void hrn_exit(int32_t status) { exit(status); }
