// zlib: gzip, decoded into memory that the caller owns so that no output grows beyond what was asked for; CRC-32.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  HRN_GUNZIP_DONE = 0,       // the stream ended, and *written bytes are all of it
  HRN_GUNZIP_MORE = 1,       // the output is full and the stream goes on
  HRN_GUNZIP_TRUNCATED = 2,  // the input ended before the stream did
  HRN_GUNZIP_DAMAGED = 3,    // not gzip, or a checksum that does not hold
  HRN_GUNZIP_NO_MEMORY = 4,
} hrn_gunzip_status;

/// Decodes a gzip file of one or more members. Writes at most `capacity` bytes to `output` and their number to
/// *written, whatever the status.
hrn_gunzip_status hrn_gunzip(const uint8_t *input, size_t count, uint8_t *output, size_t capacity, size_t *written);

/// The CRC-32 that zip archives and gzip files carry.
uint32_t hrn_crc32(const uint8_t *bytes, size_t count);

#ifdef __cplusplus
}
#endif
