#include "hrn_zlib.h"

#include <limits.h>
#include <string.h>
#include <zlib.h>

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

hrn_gunzip_status hrn_gunzip(const uint8_t *input, size_t count, uint8_t *output, size_t capacity, size_t *written) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  *written = 0;
  if (count == 0) return HRN_GUNZIP_TRUNCATED;
  // 16 + 15: gzip framing only, the largest window.
  if (inflateInit2(&stream, 16 + 15) != Z_OK) return HRN_GUNZIP_NO_MEMORY;

  size_t consumed = 0;
  uint8_t beyond;  // one byte past the capacity tells a full output from a finished one
  hrn_gunzip_status status = HRN_GUNZIP_DAMAGED;
  for (;;) {
    size_t in = smaller(count - consumed, UINT_MAX);
    int full = *written == capacity;
    size_t out = full ? 1 : smaller(capacity - *written, UINT_MAX);
    stream.next_in = (Bytef *)(uintptr_t)(input + consumed);
    stream.avail_in = (uInt)in;
    stream.next_out = full ? &beyond : output + *written;
    stream.avail_out = (uInt)out;
    int result = inflate(&stream, Z_NO_FLUSH);
    consumed += in - stream.avail_in;
    size_t produced = out - stream.avail_out;
    if (full && produced > 0) {
      status = HRN_GUNZIP_MORE;
      break;
    }
    *written += produced;
    if (result == Z_STREAM_END) {
      if (consumed == count) {
        status = HRN_GUNZIP_DONE;
        break;
      }
      if (inflateReset(&stream) != Z_OK) break;
    } else if (result == Z_MEM_ERROR) {
      status = HRN_GUNZIP_NO_MEMORY;
      break;
    } else if (result == Z_BUF_ERROR || (result == Z_OK && consumed == count && produced == 0)) {
      status = HRN_GUNZIP_TRUNCATED;
      break;
    } else if (result != Z_OK) {
      break;
    }
  }
  inflateEnd(&stream);
  return status;
}

uint32_t hrn_crc32(const uint8_t *bytes, size_t count) {
  uLong crc = crc32(0, Z_NULL, 0);
  while (count > 0) {
    size_t part = smaller(count, UINT_MAX);
    crc = crc32(crc, bytes, (uInt)part);
    bytes += part;
    count -= part;
  }
  return (uint32_t)crc;
}
