// Files: mapped for reading, published whole for writing.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What became of a request.
typedef enum {
  HRN_FILE_OK = 0,
  HRN_FILE_MISSING = 1,      // no such file, or no such directory
  HRN_FILE_DENIED = 2,       // permissions, or a read-only file system
  HRN_FILE_DIRECTORY = 3,    // a directory where a file was expected
  HRN_FILE_SPECIAL = 4,      // a pipe, a device or a socket
  HRN_FILE_EMPTY = 5,
  HRN_FILE_TOO_LARGE = 6,    // for the address space
  HRN_FILE_EXISTS = 7,       // the output is there already
  HRN_FILE_NO_SPACE = 8,     // disk or quota is full
  HRN_FILE_NOT_DURABLE = 9,  // in place and complete, but the directory could not be flushed to the disk
  HRN_FILE_ERROR = 10,       // anything else: *error says what
} hrn_file_status;

/// Maps a regular file for reading, copy-on-write and closed on exec. Never waits for the writer of a pipe.
///
/// The mapping shows the file as it is: if somebody cuts the file short while it is mapped, reading past its new end
/// ends the process with SIGBUS, as for any mapped program. Replacing it (hrn_publish) is safe.
/// `error` receives errno, or 0.
hrn_file_status hrn_map(const char *path, const uint8_t **bytes, size_t *length, int32_t *error);
void hrn_unmap(const uint8_t *bytes, size_t length);

/// Has the system read a mapping's pages from the disk in the background, in long runs, ahead of whoever needs them.
void hrn_read_ahead(const uint8_t *bytes, size_t length);

/// Enters pages of a mapping into this process' page table, and reads from the disk those that are not in memory: else each
/// run of 16 costs an exception when it is read first. `bytes` lies on a page boundary. Nothing happens where the system
/// cannot.
void hrn_enter_pages(const uint8_t *bytes, size_t length);

/// Gives the memory that a mapping's pages take back to the system; what is read again is read from the file again.
void hrn_forget(const uint8_t *bytes, size_t length);

/// A run of bytes.
typedef struct {
  const uint8_t *bytes;
  size_t length;
} hrn_slice;

/// Writes a file so that it is there whole or not at all, even when the power fails: a temporary file in the same
/// directory is written, flushed to the disk and renamed, and the directory is flushed.
///
/// Without `force` an existing file is refused and kept. With it a regular file is replaced, and its permissions stay;
/// anything else is refused. Through a symbolic link it is the file that it leads to, whether or not that is there yet.
/// On failure the temporary file is gone.
hrn_file_status hrn_publish(const char *path, const hrn_slice *slices, size_t count, int32_t force, int32_t *error);
/// Says what hrn_publish would say before it writes: for refusing early, ahead of long work.
hrn_file_status hrn_publish_check(const char *path, int32_t force, int32_t *error);

/// Bytes of a path, its zero among them.
enum { HRN_PATH_BYTES = 4096 };

/// The path of the file that hrn_publish would write: what a symbolic link leads to, there or not.
hrn_file_status hrn_publish_target(const char *path, char target[HRN_PATH_BYTES], int32_t *error);

/// What errno means, in words; valid for ever.
const char *hrn_error_text(int32_t error);

#ifdef __cplusplus
}
#endif
