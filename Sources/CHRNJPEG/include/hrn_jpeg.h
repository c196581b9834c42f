#pragma once

#include <stddef.h>
#include <stdint.h>

// A JPEG decoder over libjpeg that cannot jump out of C: every function returns a status, and libjpeg's longjmp never
// crosses a frame of the caller.
//
// One image is one handle, used by one thread at a time:
//
//     hrn_jpeg_open → hrn_jpeg_start → hrn_jpeg_read (until all rows are read) → hrn_jpeg_finish → hrn_jpeg_close
//
// After any status other than HRN_JPEG_OK only hrn_jpeg_close may follow. The decoder's settings are part of a model's
// recipe and fixed: accurate integer DCT (ISLOW), fancy upsampling, libjpeg's block smoothing for progressive images.

typedef enum hrn_jpeg_status {
  HRN_JPEG_OK = 0,
  // The bytes do not begin with FF D8.
  HRN_JPEG_NOT_JPEG,
  // The bytes end before the image does.
  HRN_JPEG_TRUNCATED,
  // The bytes contradict the JPEG format, or libjpeg had to guess at damaged data.
  HRN_JPEG_CORRUPT,
  // A valid JPEG of a kind that is not read: lossless, 12-bit, 2 or more than 4 components.
  HRN_JPEG_UNSUPPORTED,
  // The header claims more pixels than limits.max_pixels, or more than 65500 on a side.
  HRN_JPEG_TOO_LARGE,
  // More scans than header.scan_limit.
  HRN_JPEG_TOO_MANY_SCANS,
  // The coefficients of the whole image would need more than limits.max_memory.
  HRN_JPEG_OVER_MEMORY_LIMIT,
  // The system has no more memory.
  HRN_JPEG_OUT_OF_MEMORY,
  // A call out of order; the caller's defect.
  HRN_JPEG_MISUSED,
} hrn_jpeg_status;

typedef struct hrn_jpeg_limits {
  // Largest width · height, checked before anything is allocated for pixels.
  uint64_t max_pixels;
  // Largest number of bytes for the coefficients of a whole image, which multi-scan images need. 0 < max_memory.
  uint64_t max_memory;
  // Largest number of scans in a multi-scan image; see also header.scan_limit.
  uint32_t max_scans;
  // 0: the first sign of damage ends decoding with an error. 1: libjpeg repairs what it can and counts a warning.
  uint32_t accepts_damage;
} hrn_jpeg_limits;

// What a header says. hrn_jpeg_open fills it in, also when it fails after it has read the frame's size.
typedef struct hrn_jpeg_header {
  uint32_t width;
  uint32_t height;
  // 1 grey, 3 colour (YCbCr or RGB), 4 CMYK or YCCK.
  uint32_t components;
  // 1 when the image is stored in several scans, so that decoding holds all its coefficients in memory.
  uint32_t is_progressive;
  // How many scans are allowed: limits.max_scans, and fewer, down to 16, where scans times pixels exceed 2 000 000 000.
  // A scan costs time by its pixels, not by its bytes.
  uint32_t scan_limit;
} hrn_jpeg_header;

enum { HRN_JPEG_MESSAGE_SIZE = 200 };

// Why a call failed, in libjpeg's own words: ASCII, zero-terminated, empty after success.
typedef struct hrn_jpeg_failure {
  char message[HRN_JPEG_MESSAGE_SIZE];
} hrn_jpeg_failure;

typedef struct hrn_jpeg hrn_jpeg;

// Reads the header of `bytes`, which must stay unchanged until hrn_jpeg_close. `*decoder` is NULL after any failure.
hrn_jpeg_status hrn_jpeg_open(const uint8_t *bytes, size_t byte_count, const hrn_jpeg_limits *limits,
                              hrn_jpeg **decoder, hrn_jpeg_header *header, hrn_jpeg_failure *failure);

// Begins decoding to interleaved u8 rows of `channels`: 3 for R, G, B; 1 for grey. As Pillow's convert("RGB") and
// convert("L") give: a grey image asked for colour is repeated; a colour image asked for grey is
// (19595·R + 38470·G + 7471·B + 32768) >> 16; four components are taken as Adobe's inverted CMYK.
// `denominator` is 1, or 2, 4 or 8 for libjpeg's reduced decoding. The rows that follow are `*width` pixels wide and
// `*height` in number: the header's size divided by it, rounded up.
hrn_jpeg_status hrn_jpeg_start(hrn_jpeg *decoder, uint32_t channels, uint32_t denominator, uint32_t *width,
                               uint32_t *height, hrn_jpeg_failure *failure);

// Writes the next `row_count` rows, top to bottom, `stride` bytes apart; stride ≥ width · channels. The caller asks for
// no more rows than are left.
hrn_jpeg_status hrn_jpeg_read(hrn_jpeg *decoder, uint8_t *rows, size_t stride, uint32_t row_count,
                              hrn_jpeg_failure *failure);

// Reads to the end-of-image marker, so that a file cut short after its last row is still noticed. `*warnings` is the
// number of libjpeg's warnings, `*bytes_used` the length of the image in `bytes`; what follows is not looked at.
hrn_jpeg_status hrn_jpeg_finish(hrn_jpeg *decoder, uint64_t *warnings, size_t *bytes_used, hrn_jpeg_failure *failure);

// Frees the handle. NULL is allowed.
void hrn_jpeg_close(hrn_jpeg *decoder);

// The library that decodes, as "libjpeg-turbo 2.1.5, API 62": the version of the headers this was compiled with.
const char *hrn_jpeg_version(void);

// Memory for pixels that may be missing: malloc and free, because Swift's own allocation ends the process instead of
// reporting. `byte_count` > 0; NULL when there is none.
void *hrn_pixels_allocate(size_t byte_count);
void hrn_pixels_free(void *pixels);
