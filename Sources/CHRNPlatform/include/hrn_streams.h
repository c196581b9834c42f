// Standard input and output, and files read as streams.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The streams that every process has.
enum { HRN_STDIN = 0, HRN_STDOUT = 1, HRN_STDERR = 2 };

/// Makes a write to a closed pipe an error of that write instead of the end of the process.
void hrn_ignore_broken_pipes(void);
/// Whether an error number says that nobody reads any more.
int hrn_is_broken_pipe(int32_t error);

/// Opens a file, a pipe or a device for reading; a descriptor, or -1 with *error set.
int32_t hrn_open_stream(const char *path, int32_t *error);
void hrn_close_stream(int32_t stream);
/// Reads at most `size` bytes, waiting for the first: how many, 0 at the end, -1 with *error set.
int64_t hrn_read_stream(int32_t stream, uint8_t *bytes, int64_t size, int32_t *error);
/// Writes all bytes, waiting for whoever reads them: 0, or -1 with *error set.
int32_t hrn_write_stream(int32_t stream, const uint8_t *bytes, int64_t size, int32_t *error);

/// The error number of reading a directory.
int32_t hrn_error_directory(void);

/// Ends the process.
_Noreturn void hrn_exit(int32_t status);

#ifdef __cplusplus
}
#endif
