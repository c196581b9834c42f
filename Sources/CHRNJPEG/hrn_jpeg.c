#include "hrn_jpeg.h"

#include <limits.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

struct hrn_jpeg {
  struct jpeg_decompress_struct cinfo;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  hrn_jpeg_limits limits;
  uint32_t scan_limit;
  const uint8_t *bytes;
  size_t byte_count;
  uint32_t channels;
  // One decoded row ahead of its conversion to grey or from CMYK; NULL where libjpeg writes the caller's row itself.
  JSAMPROW scratch;
  hrn_jpeg_status status;
  enum { OPENED, STARTED, FAILED } state;
};

static const char OVER_LIMIT[] = "The coefficients of the whole image exceed the memory limit";

// MARK: What libjpeg calls

static hrn_jpeg_status status_of(int code) {
  switch (code) {
  case JERR_NO_SOI:
    return HRN_JPEG_NOT_JPEG;
  case JERR_INPUT_EMPTY:
  case JERR_INPUT_EOF:
  case JWRN_JPEG_EOF:
    return HRN_JPEG_TRUNCATED;
  case JERR_IMAGE_TOO_BIG:
  case JERR_WIDTH_OVERFLOW:
    return HRN_JPEG_TOO_LARGE;
  case JERR_OUT_OF_MEMORY:
    return HRN_JPEG_OUT_OF_MEMORY;
  case JERR_NO_BACKING_STORE:
    return HRN_JPEG_OVER_MEMORY_LIMIT;
  case JERR_ARITH_NOTIMPL:
  case JERR_BAD_PRECISION:
  case JERR_CCIR601_NOTIMPL:
  case JERR_COMPONENT_COUNT:
  case JERR_CONVERSION_NOTIMPL:
  case JERR_FRACT_SAMPLE_NOTIMPL:
  case JERR_NOTIMPL:
  case JERR_NOT_COMPILED:
  case JERR_SOF_UNSUPPORTED:
    return HRN_JPEG_UNSUPPORTED;
  case JERR_BAD_STATE:
  case JERR_BAD_LIB_VERSION:
  case JERR_BAD_STRUCT_SIZE:
    return HRN_JPEG_MISUSED;
  default:
    return HRN_JPEG_CORRUPT;
  }
}

static void leave(j_common_ptr cinfo, hrn_jpeg_status status) {
  hrn_jpeg *decoder = cinfo->client_data;
  decoder->status = status;
  longjmp(decoder->escape, 1);
}

static void on_error(j_common_ptr cinfo) { leave(cinfo, status_of(cinfo->err->msg_code)); }

static void on_message(j_common_ptr cinfo, int level) {
  if (level >= 0) return;
  hrn_jpeg *decoder = cinfo->client_data;
  cinfo->err->num_warnings++;
  // A JFIF revision that libjpeg does not know says nothing about the image's data.
  if (cinfo->err->msg_code == JWRN_JFIF_MAJOR || decoder->limits.accepts_damage) return;
  leave(cinfo, status_of(cinfo->err->msg_code));
}

static void on_output(j_common_ptr cinfo) { (void)cinfo; }

static void on_progress(j_common_ptr cinfo) {
  hrn_jpeg *decoder = cinfo->client_data;
  if ((uint32_t)decoder->cinfo.input_scan_number > decoder->scan_limit) leave(cinfo, HRN_JPEG_TOO_MANY_SCANS);
}

// MARK: Helpers

static void say(hrn_jpeg_failure *failure, const char *message) {
  size_t length = strlen(message);
  if (length >= sizeof failure->message) length = sizeof failure->message - 1;
  memcpy(failure->message, message, length);
  failure->message[length] = 0;
}

// What every entry point does after libjpeg jumped back into it.
static hrn_jpeg_status escaped(hrn_jpeg *decoder, hrn_jpeg_failure *failure) {
  decoder->state = FAILED;
  if (decoder->status == HRN_JPEG_TOO_MANY_SCANS) {
    say(failure, "Too many scans");
  } else if (decoder->errors.msg_code == JERR_NO_BACKING_STORE) {
    say(failure, OVER_LIMIT);
  } else {
    char message[JMSG_LENGTH_MAX];
    decoder->errors.format_message((j_common_ptr)&decoder->cinfo, message);
    say(failure, message);
  }
  return decoder->status;
}

static void describe(const struct jpeg_decompress_struct *cinfo, hrn_jpeg_header *header) {
  header->width = cinfo->image_width;
  header->height = cinfo->image_height;
  header->components = (uint32_t)cinfo->num_components;
}

static hrn_jpeg_status refuse(hrn_jpeg *decoder, hrn_jpeg_status status, hrn_jpeg_failure *failure, const char *words) {
  decoder->state = FAILED;
  say(failure, words);
  return status;
}

// Bytes of the coefficients of the whole image, which libjpeg holds when the image comes in several scans.
static uint64_t coefficient_bytes(const struct jpeg_decompress_struct *cinfo) {
  uint64_t blocks = 0;
  for (int i = 0; i < cinfo->num_components; i++) {
    const jpeg_component_info *component = &cinfo->comp_info[i];
    blocks += (uint64_t)component->width_in_blocks * component->height_in_blocks;
  }
  return blocks * sizeof(JBLOCK);
}

static uint32_t scan_limit(const struct jpeg_decompress_struct *cinfo, uint32_t largest) {
  uint64_t by_work = 2000000000 / ((uint64_t)cinfo->image_width * cinfo->image_height);
  if (by_work < 16) by_work = 16;
  return by_work < largest ? (uint32_t)by_work : largest;
}

// Whether the bytes can hold an image of the header's size. Huffman coding spends at least one bit on the DC
// coefficient of every 8x8 block of every component, so a few bytes cannot stand for millions of pixels.
static int can_hold_image(const hrn_jpeg *decoder) {
  const struct jpeg_decompress_struct *cinfo = &decoder->cinfo;
  if (cinfo->arith_code || decoder->limits.accepts_damage) return 1;
  return coefficient_bytes(cinfo) / sizeof(JBLOCK) / 8 <= decoder->byte_count;
}

// Pillow's L of R, G, B.
static void grey_row(const uint8_t *rgb, uint8_t *grey, size_t width) {
  for (size_t i = 0; i < width; i++, rgb += 3) {
    grey[i] = (uint8_t)((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
  }
}

// R = k − (255 − c)·k/255 rounded, with c and k as Adobe stores them, inverted; G and B alike.
static void rgb_row_from_cmyk(const uint8_t *cmyk, uint8_t *rgb, size_t width) {
  for (size_t i = 0; i < width; i++, cmyk += 4, rgb += 3) {
    uint32_t k = cmyk[3];
    for (int c = 0; c < 3; c++) {
      uint32_t product = (255u - cmyk[c]) * k + 128;
      rgb[c] = (uint8_t)(k - ((product + (product >> 8)) >> 8));
    }
  }
}

// MARK: Entry points

hrn_jpeg_status hrn_jpeg_open(const uint8_t *bytes, size_t byte_count, const hrn_jpeg_limits *limits,
                              hrn_jpeg **result, hrn_jpeg_header *header, hrn_jpeg_failure *failure) {
  *result = NULL;
  memset(header, 0, sizeof *header);
  failure->message[0] = 0;
  if (byte_count < 2 || bytes[0] != 0xFF || bytes[1] != 0xD8) {
    say(failure, "The bytes do not begin with FF D8");
    return HRN_JPEG_NOT_JPEG;
  }
  hrn_jpeg *decoder = calloc(1, sizeof *decoder);
  if (decoder == NULL) {
    say(failure, "Insufficient memory");
    return HRN_JPEG_OUT_OF_MEMORY;
  }
  decoder->limits = *limits;
  decoder->bytes = bytes;
  decoder->byte_count = byte_count;

  struct jpeg_decompress_struct *cinfo = &decoder->cinfo;
  cinfo->err = jpeg_std_error(&decoder->errors);
  cinfo->client_data = decoder;
  decoder->errors.error_exit = on_error;
  decoder->errors.emit_message = on_message;
  decoder->errors.output_message = on_output;

  hrn_jpeg_status status;
  if (setjmp(decoder->escape)) {
    status = escaped(decoder, failure);
    describe(cinfo, header);
    hrn_jpeg_close(decoder);
    return status;
  }
  // Clears the structure except for err and client_data.
  jpeg_create_decompress(cinfo);
  decoder->progress.progress_monitor = on_progress;
  cinfo->progress = &decoder->progress;
  cinfo->mem->max_memory_to_use = limits->max_memory < (uint64_t)LONG_MAX ? (long)limits->max_memory : LONG_MAX;
  jpeg_mem_src(cinfo, bytes, (unsigned long)byte_count);
  jpeg_read_header(cinfo, TRUE);

  describe(cinfo, header);
  header->scan_limit = decoder->scan_limit = scan_limit(cinfo, limits->max_scans);
  header->is_progressive = (uint32_t)(jpeg_has_multiple_scans(cinfo) != 0);
  if ((uint64_t)cinfo->image_width * cinfo->image_height > limits->max_pixels) {
    status = refuse(decoder, HRN_JPEG_TOO_LARGE, failure, "Too many pixels");
  } else if (cinfo->data_precision != 8) {
    status = refuse(decoder, HRN_JPEG_UNSUPPORTED, failure, "Only 8 bits per sample are read");
  } else if (cinfo->jpeg_color_space == JCS_UNKNOWN) {
    status = refuse(decoder, HRN_JPEG_UNSUPPORTED, failure, "Only 1, 3 or 4 color components are read");
  } else if (!can_hold_image(decoder)) {
    status = refuse(decoder, HRN_JPEG_TRUNCATED, failure, "Too few bytes for an image of this size");
  } else if (header->is_progressive && coefficient_bytes(cinfo) > limits->max_memory) {
    status = refuse(decoder, HRN_JPEG_OVER_MEMORY_LIMIT, failure, OVER_LIMIT);
  } else {
    *result = decoder;
    return HRN_JPEG_OK;
  }
  hrn_jpeg_close(decoder);
  return status;
}

hrn_jpeg_status hrn_jpeg_start(hrn_jpeg *decoder, uint32_t channels, uint32_t denominator, uint32_t *width,
                               uint32_t *height, hrn_jpeg_failure *failure) {
  failure->message[0] = 0;
  *width = *height = 0;
  int is_denominator = denominator == 1 || denominator == 2 || denominator == 4 || denominator == 8;
  if (decoder->state != OPENED || (channels != 1 && channels != 3) || !is_denominator) {
    return refuse(decoder, HRN_JPEG_MISUSED, failure, "Decoding was started twice, or for a form that is not offered");
  }
  if (setjmp(decoder->escape)) return escaped(decoder, failure);

  struct jpeg_decompress_struct *cinfo = &decoder->cinfo;
  int is_grey = cinfo->jpeg_color_space == JCS_GRAYSCALE;
  if (cinfo->num_components == 4) {
    cinfo->out_color_space = JCS_CMYK;
  } else {
    cinfo->out_color_space = is_grey && channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  }
  cinfo->dct_method = JDCT_ISLOW;
  cinfo->do_fancy_upsampling = TRUE;
  cinfo->scale_num = 1;
  cinfo->scale_denom = denominator;
  decoder->channels = channels;
  jpeg_start_decompress(cinfo);
  if ((uint32_t)cinfo->output_components != channels) {
    // Four bytes a pixel: CMYK, and behind it room for the row as RGB on its way to grey.
    size_t row = (size_t)cinfo->output_width * 4;
    if (cinfo->num_components == 4 && channels == 1) row += (size_t)cinfo->output_width * 3;
    decoder->scratch = cinfo->mem->alloc_large((j_common_ptr)cinfo, JPOOL_IMAGE, row);
  }
  *width = cinfo->output_width;
  *height = cinfo->output_height;
  decoder->state = STARTED;
  return HRN_JPEG_OK;
}

hrn_jpeg_status hrn_jpeg_read(hrn_jpeg *decoder, uint8_t *rows, size_t stride, uint32_t row_count,
                              hrn_jpeg_failure *failure) {
  failure->message[0] = 0;
  struct jpeg_decompress_struct *cinfo = &decoder->cinfo;
  size_t width = cinfo->output_width;
  if (decoder->state != STARTED || stride < width * decoder->channels ||
      row_count > cinfo->output_height - cinfo->output_scanline) {
    return refuse(decoder, HRN_JPEG_MISUSED, failure, "Rows were asked for that are not there");
  }
  if (setjmp(decoder->escape)) return escaped(decoder, failure);

  JDIMENSION end = cinfo->output_scanline + row_count;
  JDIMENSION begin = cinfo->output_scanline;
  while (cinfo->output_scanline < end) {
    uint8_t *row = rows + (size_t)(cinfo->output_scanline - begin) * stride;
    JSAMPROW target = decoder->scratch != NULL ? decoder->scratch : row;
    // A memory source never suspends; a row that does not come would otherwise loop for ever.
    if (jpeg_read_scanlines(cinfo, &target, 1) != 1) {
      return refuse(decoder, HRN_JPEG_CORRUPT, failure, "A row is missing");
    }
    if (decoder->scratch == NULL) continue;
    if (cinfo->num_components != 4) {
      grey_row(decoder->scratch, row, width);
    } else if (decoder->channels == 3) {
      rgb_row_from_cmyk(decoder->scratch, row, width);
    } else {
      rgb_row_from_cmyk(decoder->scratch, decoder->scratch + width * 4, width);
      grey_row(decoder->scratch + width * 4, row, width);
    }
  }
  return HRN_JPEG_OK;
}

hrn_jpeg_status hrn_jpeg_finish(hrn_jpeg *decoder, uint64_t *warnings, size_t *bytes_used, hrn_jpeg_failure *failure) {
  failure->message[0] = 0;
  *warnings = 0;
  *bytes_used = 0;
  if (decoder->state != STARTED || decoder->cinfo.output_scanline < decoder->cinfo.output_height) {
    return refuse(decoder, HRN_JPEG_MISUSED, failure, "Rows are left to read");
  }
  if (setjmp(decoder->escape)) return escaped(decoder, failure);
  jpeg_finish_decompress(&decoder->cinfo);
  decoder->state = FAILED;
  *warnings = (uint64_t)decoder->errors.num_warnings;
  // At a cut file libjpeg reads from an end marker of its own, outside `bytes`.
  const uint8_t *next = decoder->cinfo.src->next_input_byte;
  int is_inside = (uintptr_t)next >= (uintptr_t)decoder->bytes &&
                  (uintptr_t)next <= (uintptr_t)decoder->bytes + decoder->byte_count;
  *bytes_used = is_inside ? (size_t)(next - decoder->bytes) : decoder->byte_count;
  return HRN_JPEG_OK;
}

void hrn_jpeg_close(hrn_jpeg *decoder) {
  if (decoder == NULL) return;
  // Frees only; it never reports an error, so no setjmp is due.
  jpeg_destroy_decompress(&decoder->cinfo);
  free(decoder);
}

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

const char *hrn_jpeg_version(void) {
#ifdef LIBJPEG_TURBO_VERSION
  return "libjpeg-turbo " TEXT(LIBJPEG_TURBO_VERSION) ", API " TEXT(JPEG_LIB_VERSION);
#else
  return "libjpeg, API " TEXT(JPEG_LIB_VERSION);
#endif
}

void *hrn_pixels_allocate(size_t byte_count) { return malloc(byte_count); }

void hrn_pixels_free(void *pixels) { free(pixels); }
