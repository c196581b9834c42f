#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "hrn_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static hrn_file_status status_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR: return HRN_FILE_MISSING;
    case EACCES:
    case EPERM:
    case EROFS: return HRN_FILE_DENIED;
    case EISDIR: return HRN_FILE_DIRECTORY;
    case ENXIO:
    case ENODEV: return HRN_FILE_SPECIAL;
    case EEXIST: return HRN_FILE_EXISTS;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return HRN_FILE_NO_SPACE;
    default: return HRN_FILE_ERROR;
  }
}

static hrn_file_status failed(int32_t *error) {
  *error = errno;
  return status_of(errno);
}

static int open_retrying(const char *path, int flags, mode_t mode) {
  int file;
  do file = open(path, flags | O_CLOEXEC, mode);
  while (file < 0 && errno == EINTR);
  return file;
}

hrn_file_status hrn_map(const char *path, const uint8_t **bytes, size_t *length, int32_t *error) {
  *error = 0;
  // O_NONBLOCK: opening a pipe must not wait for its writer.
  int file = open_retrying(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
  if (file < 0) return failed(error);
  struct stat info;
  hrn_file_status status = HRN_FILE_OK;
  if (fstat(file, &info) != 0) {
    status = failed(error);
  } else if (S_ISDIR(info.st_mode)) {
    status = HRN_FILE_DIRECTORY;
  } else if (!S_ISREG(info.st_mode)) {
    status = HRN_FILE_SPECIAL;
  } else if (info.st_size == 0) {
    status = HRN_FILE_EMPTY;
  } else if ((uint64_t)info.st_size > PTRDIFF_MAX) {
    status = HRN_FILE_TOO_LARGE;
  } else {
    void *mapped = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (mapped == MAP_FAILED) {
      status = failed(error);
    } else {
      *bytes = mapped;
      *length = (size_t)info.st_size;
    }
  }
  close(file);
  return status;
}

void hrn_unmap(const uint8_t *bytes, size_t length) { munmap((void *)bytes, length); }

void hrn_read_ahead(const uint8_t *bytes, size_t length) { madvise((void *)bytes, length, MADV_WILLNEED); }

void hrn_enter_pages(const uint8_t *bytes, size_t length) {
#if defined(MADV_POPULATE_READ)
  madvise((void *)bytes, length, MADV_POPULATE_READ);
#else
  (void)bytes, (void)length;
#endif
}

void hrn_forget(const uint8_t *bytes, size_t length) { madvise((void *)bytes, length, MADV_DONTNEED); }

const char *hrn_error_text(int32_t error) {
  const char *text = strerrordesc_np(error);
  return text ? text : "unknown error";
}

// ------------------------------------------------------------------------------------------------------ publishing

/// Length of the directory part of a path, its last slash included; 0 for a bare name.
static size_t directory_length(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? (size_t)(slash - path) + 1 : 0;
}

hrn_file_status hrn_publish_target(const char *path, char target[HRN_PATH_BYTES], int32_t *error) {
  *error = 0;
  struct stat info;
  const int exists = stat(path, &info) == 0;
  // Links that lead to one another, and those of others that the system does not follow.
  if (!exists && errno != ENOENT) return failed(error);
  size_t length = strlen(path);
  memcpy(target, path, length + 1);
  // What stands for an open pipe is a link to no path.
  if (exists && !S_ISREG(info.st_mode)) return HRN_FILE_OK;
  char link[HRN_PATH_BYTES];
  for (ssize_t found; (found = readlink(target, link, sizeof link)) >= 0;) {
    length = link[0] == '/' ? 0 : directory_length(target);
    if (length + (size_t)found >= HRN_PATH_BYTES) {
      errno = ENAMETOOLONG;
      return failed(error);
    }
    memcpy(target + length, link, (size_t)found);
    target[length + (size_t)found] = 0;
  }
  return HRN_FILE_OK;
}

/// Opens a new temporary file beside `path` and leaves its name in `name`.
static int open_temporary(const char *path, char *name, size_t size) {
  for (int attempt = 0; attempt < 100; attempt++) {
    uint64_t random;
    if (getrandom(&random, sizeof random, 0) != sizeof random) return -1;
    snprintf(name, size, "%.*s.hrn-%016llx.tmp", (int)directory_length(path), path, (unsigned long long)random);
    int file = open_retrying(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);
    if (file >= 0 || errno != EEXIST) return file;
  }
  return -1;
}

static int write_all(int file, const uint8_t *bytes, size_t length) {
  while (length) {
    ssize_t written = write(file, bytes, length < (1 << 30) ? length : (1 << 30));
    if (written < 0) {
      if (errno == EINTR) continue;
      return 0;
    }
    bytes += written;
    length -= (size_t)written;
  }
  return 1;
}

/// Gives the temporary file its name, without replacing anything unless `force`.
static int rename_into_place(const char *name, const char *path, int force) {
  if (force) return rename(name, path) == 0;
  if (renameat2(AT_FDCWD, name, AT_FDCWD, path, RENAME_NOREPLACE) == 0) return 1;
  if (errno != EINVAL && errno != ENOSYS) return 0;
  // A file system without that flag: a hard link does not replace either.
  if (link(name, path) != 0) return 0;
  unlink(name);
  return 1;
}

static hrn_file_status sync_directory(const char *path, int32_t *error) {
  size_t length = directory_length(path);
  char *directory = length ? strndup(path, length) : strdup(".");
  if (!directory) return failed(error);
  int file = open_retrying(directory, O_RDONLY | O_DIRECTORY, 0);
  hrn_file_status status = HRN_FILE_OK;
  // EINVAL: the file system has no such flush, so there is nothing that could be lost.
  if (file < 0 || (fsync(file) != 0 && errno != EINVAL)) {
    *error = errno;
    status = HRN_FILE_NOT_DURABLE;
  }
  if (file >= 0) close(file);
  free(directory);
  return status;
}

/// What hrn_publish_check says of a path that is no symbolic link.
static hrn_file_status check(const char *path, int32_t force, int32_t *error) {
  struct stat info;
  if (stat(path, &info) == 0) {
    if (S_ISDIR(info.st_mode)) return HRN_FILE_DIRECTORY;
    if (!S_ISREG(info.st_mode)) return HRN_FILE_SPECIAL;
    if (!force) return HRN_FILE_EXISTS;
  } else if (errno != ENOENT) {
    return failed(error);
  }
  size_t length = directory_length(path);
  if (path[length] == 0) return length ? HRN_FILE_DIRECTORY : HRN_FILE_MISSING;
  char *directory = length ? strndup(path, length) : strdup(".");
  if (!directory) return failed(error);
  hrn_file_status status = access(directory, W_OK | X_OK) == 0 ? HRN_FILE_OK : failed(error);
  free(directory);
  return status;
}

static hrn_file_status publish(const char *path, const hrn_slice *slices, size_t count, int32_t force, int32_t *error) {
  hrn_file_status status = check(path, force, error);
  if (status != HRN_FILE_OK) return status;
  size_t size = directory_length(path) + 32;
  char *name = malloc(size);
  if (!name) return failed(error);
  int file = open_temporary(path, name, size);
  if (file < 0) {
    status = failed(error);
    free(name);
    return status;
  }
  int done = 1;
  struct stat replaced;
  if (force && stat(path, &replaced) == 0) done = fchmod(file, replaced.st_mode & 0777) == 0;
  for (size_t i = 0; i < count && done; i++) done = write_all(file, slices[i].bytes, slices[i].length);
  if (!done || fsync(file) != 0) status = failed(error);
  if (close(file) != 0 && status == HRN_FILE_OK) status = failed(error);
  if (status == HRN_FILE_OK && !rename_into_place(name, path, force)) status = failed(error);
  if (status != HRN_FILE_OK) unlink(name);
  free(name);
  return status == HRN_FILE_OK ? sync_directory(path, error) : status;
}

hrn_file_status hrn_publish_check(const char *path, int32_t force, int32_t *error) {
  char target[HRN_PATH_BYTES];
  const hrn_file_status status = hrn_publish_target(path, target, error);
  return status == HRN_FILE_OK ? check(target, force, error) : status;
}

hrn_file_status hrn_publish(const char *path, const hrn_slice *slices, size_t count, int32_t force, int32_t *error) {
  char target[HRN_PATH_BYTES];
  const hrn_file_status status = hrn_publish_target(path, target, error);
  return status == HRN_FILE_OK ? publish(target, slices, count, force, error) : status;
}
