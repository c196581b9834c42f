// Runs every kernel of every tier of this machine over fixed shapes and data, and prints one line for each: tier,
// kernel, digest of all outputs. Digests depend on neither tier nor compiler nor machine; check-kernels compares them.
// Buffers are as small as the contract allows, so that a sanitizer sees every byte too far; without one they end at a
// page that nobody may touch.
#define _GNU_SOURCE
#include "hrn_kernels.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// Data

static uint64_t state;

static uint32_t next(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33);
}

static int32_t between(int32_t low, int32_t high) {
  return (int32_t)(low + (int64_t)next() % ((int64_t)high - low + 1));
}

static float real(float low, float high) { return low + (high - low) * ((float)(next() & 0xFFFFFF) / 16777216.0f); }

#if defined(__SANITIZE_ADDRESS__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#define HAS_SANITIZER __has_feature(address_sanitizer)
#else
#define HAS_SANITIZER 0
#endif

/// Zeroed memory, the page behind which is out of bounds. Its size is in the page before.
static void *guarded(size_t size) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (size + page - 1) / page * page, all = whole + 2 * page;
  char *p = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED || mprotect(p + page + whole, page, PROT_NONE) != 0) abort();
  memcpy(p, &all, sizeof all);
  return p + page + whole - size;
}

static void *allocate(size_t count, size_t size) {
  const size_t bytes = (count > 0 ? count : 1) * size;
  void *p = HAS_SANITIZER ? calloc(1, bytes) : guarded(bytes);
  if (!p) abort();
  return p;
}

/// The same for what kernels want on a 64-byte boundary.
static void *allocate_aligned(int64_t size) {
  if (!HAS_SANITIZER) return guarded((size_t)size);
  void *p = aligned_alloc(64, (size_t)size);
  if (!p) abort();
  return p;
}

static void release(void *p) {
  if (!HAS_SANITIZER) {
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    size_t all;
    p = (char *)p - (uintptr_t)p % page - page;
    memcpy(&all, p, sizeof all);
    munmap(p, all);
  } else {
    free(p);
  }
}

static uint8_t *bytes(size_t n) {
  uint8_t *p = allocate(n, 1);
  for (size_t i = 0; i < n; i++) p[i] = (uint8_t)next();
  return p;
}

static int32_t *integers(size_t n, int32_t limit) {
  int32_t *p = allocate(n, sizeof *p);
  for (size_t i = 0; i < n; i++) p[i] = between(-limit, limit);
  return p;
}

static float *reals(size_t n, float low, float high) {
  float *p = allocate(n, sizeof *p);
  for (size_t i = 0; i < n; i++) p[i] = real(low, high);
  return p;
}

/// The upper halves of floats.
static uint16_t *halves(size_t n, float low, float high) {
  uint16_t *p = allocate(n, sizeof *p);
  for (size_t i = 0; i < n; i++) {
    const float x = real(low, high);
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    p[i] = (uint16_t)(bits >> 16);
  }
  return p;
}

static void *floats(int is_half, size_t n, float low, float high) {
  return is_half ? (void *)halves(n, low, high) : (void *)reals(n, low, high);
}

// Digests

static uint64_t digest;

static void start(uint64_t seed) {
  state = seed;
  digest = 14695981039346656037u;
}

static void take(const void *p, size_t n) {
  for (size_t i = 0; i < n; i++) digest = (digest ^ ((const uint8_t *)p)[i]) * 1099511628211u;
}

static void print(const hrn_kernels *kernels, const char *kernel) {
  printf("%s %s %016llx\n", kernels->name, kernel, (unsigned long long)digest);
}

// Convolutions

static int32_t round_up(int32_t value, int32_t multiple) { return (value + multiple - 1) / multiple * multiple; }

/// A shape of modest size with everything a shape can have; `block` is that of input and output. A third of them are in
/// parts that read one block or two.
static hrn_conv2d_shape random_shape(int32_t block) {
  hrn_conv2d_shape s = {.in_block = block, .in_pixel_stride = block, .out_block = block};
  s.map_blocks = between(1, 3);
  s.out_channels = between(1, 150);
  if (between(0, 2) == 0) {
    s.in_blocks = between(1, s.map_blocks);
    s.part_inputs = between(1, block);
    s.part_outputs = between(1, 70);
  } else {
    s.in_blocks = s.map_blocks;
    s.part_inputs = s.map_blocks * block;
    s.part_outputs = s.out_channels;
  }
  s.dilation_y = between(1, 2);
  s.dilation_x = between(1, 2);
  s.kernel_height = between(1, 5);
  s.kernel_width = between(1, 5);
  s.stride_y = between(1, 2);
  s.stride_x = between(1, 2);
  s.pad_top = between(0, 3);
  s.pad_left = between(0, 3);
  const int32_t extent_y = (s.kernel_height - 1) * s.dilation_y + 1, extent_x = (s.kernel_width - 1) * s.dilation_x + 1;
  s.in_height = between(extent_y, 9);
  s.in_width = between(extent_x, 17);
  s.out_height = (s.in_height + 2 * s.pad_top - extent_y) / s.stride_y + 1;
  s.out_width = (s.in_width + 2 * s.pad_left - extent_x) / s.stride_x + 1;
  s.in_row_stride = s.in_width * block;
  s.in_block_stride = s.in_height * s.in_row_stride;
  s.out_row_stride = s.out_width * block;
  s.out_block_stride = s.out_height * s.out_row_stride;
  return s;
}

/// A shape whose windows are too large for a cache: in rows of many taps, or at more positions than have their sums at
/// once.
static hrn_conv2d_shape deep_shape(int32_t block, int is_wide) {
  hrn_conv2d_shape s = {.map_blocks = 3, .in_blocks = 3, .in_block = block, .in_pixel_stride = block,
                        .out_block = block, .stride_y = 1, .stride_x = 1, .dilation_y = 1, .dilation_x = 1,
                        .pad_top = 1, .pad_left = 1, .out_channels = 20, .part_outputs = 20, .part_inputs = 3 * block};
  s.kernel_height = is_wide ? 3 : 2;
  s.kernel_width = is_wide ? 3 : 23;
  s.in_height = is_wide ? 2 : 3;
  s.in_width = is_wide ? 300 : 24;
  s.out_height = s.in_height + 3 - s.kernel_height;
  s.out_width = s.in_width + 3 - s.kernel_width;
  s.in_row_stride = s.in_width * block;
  s.in_block_stride = s.in_height * s.in_row_stride;
  s.out_row_stride = s.out_width * block;
  s.out_block_stride = s.out_height * s.out_row_stride;
  return s;
}

/// A 1 x 1 convolution in one band and chunk, of so many whole tiles that none need ask for weights.
static hrn_conv2d_shape whole_shape(int32_t block) {
  hrn_conv2d_shape s = {.map_blocks = 64 / block, .in_blocks = 64 / block, .in_block = block, .in_pixel_stride = block,
                        .out_block = block, .part_inputs = 64, .part_outputs = 80, .out_channels = 80,
                        .kernel_height = 1, .kernel_width = 1, .stride_y = 1, .stride_x = 1, .dilation_y = 1,
                        .dilation_x = 1, .in_height = 24, .in_width = 21, .out_height = 24, .out_width = 21,
                        .band = 24, .chunk = 64 / block};
  s.in_row_stride = s.out_row_stride = s.in_width * block;
  s.in_block_stride = s.out_block_stride = s.in_height * s.in_row_stride;
  return s;
}

/// The same shape in another order of work, which `i` chooses.
static hrn_conv2d_shape in_order(hrn_conv2d_shape s, int32_t i) {
  s.chunk = s.out_width > HRN_CHUNK_POSITIONS ? s.in_blocks : 1 + i % s.in_blocks;
  s.band = 1 + i % s.out_height;
  if (s.chunk < s.in_blocks && s.band > HRN_CHUNK_POSITIONS / s.out_width) s.band = HRN_CHUNK_POSITIONS / s.out_width;
  return s;
}

static size_t lanes_of(const hrn_conv2d_shape *s) { return (size_t)round_up(s->out_channels, 16); }

/// The same shape for a depthwise convolution of as many channels as it writes; its input is as large as its output's
/// blocks are many.
static hrn_conv2d_shape depthwise_shape(int32_t block) {
  hrn_conv2d_shape s = random_shape(block);
  s.map_blocks = s.in_blocks = s.in_block = s.part_inputs = s.part_outputs = 1;
  return s;
}

static size_t input_count(const hrn_conv2d_shape *s) {
  const int32_t blocks = s->in_block == 1 ? round_up((int32_t)lanes_of(s), s->out_block) / s->out_block : s->map_blocks;
  return (size_t)(blocks * s->in_block_stride);
}

static size_t output_count(const hrn_conv2d_shape *s) {
  return (size_t)(round_up((int32_t)lanes_of(s), s->out_block) / s->out_block * s->out_block_stride);
}

static size_t weight_count(const hrn_conv2d_shape *s) {
  return lanes_of(s) * (size_t)(s->in_blocks * s->kernel_height * s->kernel_width * s->in_block);
}

static int32_t groups_of(const hrn_conv2d_shape *s) { return round_up(s->out_channels, 64) / 64; }

/// Weights with is_narrow's sums: of each lane's two steps and halves, within the bound or on it.
static int8_t *narrow_weights(const hrn_conv2d_shape *s) {
  static const int8_t patterns[][4] = {{127, 1, 0, 0},    {64, -64, 64, -64}, {-128, 0, 0, 0},  {32, 32, 32, 32},
                                       {-1, -127, 0, 127}, {0, -64, 1, -64},   {-32, -32, -32, -32}};
  const size_t count = weight_count(s);
  int8_t *weights = allocate(count, 1);
  for (int32_t group = 0; group < groups_of(s); group++) {
    const int32_t left = (int32_t)lanes_of(s) - 64 * group, lanes = left < 64 ? left : 64;
    int8_t *w = weights + 64 * group * (count / lanes_of(s));
    for (int32_t tap = 0; tap < s->in_blocks * s->kernel_height * s->kernel_width; tap++, w += s->in_block * lanes)
      for (int32_t k = 0; k < s->in_block; k += 8)
        for (int32_t half = 0; half < 2 * lanes; half++) {
          const int8_t *pattern = patterns[next() % 7];
          const int is_random = next() & 1, steps = k + 4 < s->in_block ? 2 : 1;
          for (int32_t i = 0; i < 2 * steps; i++)
            w[(k + i / 2 * 4) * lanes + 2 * half + i % 2] = (int8_t)(is_random ? between(-32, 32) : pattern[i]);
        }
  }
  return weights;
}

/// One input block of few lanes, as a stem's.
static hrn_conv2d_shape with_lanes(hrn_conv2d_shape s, int32_t lanes) {
  s.map_blocks = s.in_blocks = 1;
  s.in_block = s.part_inputs = lanes;
  s.part_outputs = s.out_channels;
  return s;
}

/// A stem whose rows of taps are very long.
static hrn_conv2d_shape long_row_shape(void) {
  hrn_conv2d_shape s = with_lanes(deep_shape(16, 0), 700);
  s.kernel_width = 1;
  s.in_pixel_stride = 3;
  s.in_width = s.out_width = 4;
  s.pad_left = 0;
  s.in_row_stride = 3 * s.in_pixel_stride + 700;
  s.in_block_stride = s.in_height * s.in_row_stride;
  return s;
}

/// A 3 x 3 convolution of stride 1 with everything that Winograd must bear: maps of 1 to 19, any border, bands.
static hrn_conv2d_shape winograd_shape(int32_t block) {
  hrn_conv2d_shape s = {.in_block = block, .in_pixel_stride = block, .out_block = 16 << between(0, 2)};
  s.map_blocks = s.in_blocks = between(1, 200 / block);
  s.part_inputs = s.map_blocks * block;
  s.out_channels = s.part_outputs = between(1, 150);
  s.kernel_height = s.kernel_width = 3;
  s.stride_y = s.stride_x = s.dilation_y = s.dilation_x = 1;
  s.pad_top = between(0, 2);
  s.pad_left = between(0, 2);
  s.out_height = between(1, 19);
  s.out_width = between(1, 19);
  s.in_height = s.out_height + 2 - s.pad_top > 0 ? s.out_height + between(0, 2 - s.pad_top) : 1;
  s.in_width = s.out_width + 2 - s.pad_left > 0 ? s.out_width + between(0, 2 - s.pad_left) : 1;
  s.in_row_stride = s.in_width * block;
  s.in_block_stride = s.in_height * s.in_row_stride;
  s.out_row_stride = s.out_width * s.out_block;
  s.out_block_stride = s.out_height * s.out_row_stride;
  return s;
}

/// Weights and activations at the edge of what Winograd computes exactly: in each output channel the weights above 0, or
/// those below, sum to just under 2^25 / 255 while they last, and the activations that meet them are 255.
static void fill_to_the_bound(const hrn_conv2d_shape *s, uint8_t *input, int8_t *weights, int kind) {
  const int32_t lanes = (int32_t)lanes_of(s), depth = s->map_blocks * 9 * s->in_block;
  for (int32_t lane = 0; lane < lanes; lane++) {
    const int32_t first = lane / 64 * 64, row = lanes - first < 64 ? lanes - first : 64;
    int32_t left = (1 << 25) / 255 - 1;
    for (int32_t k = 0; k < depth; k++) {
      const int32_t w = left < 127 ? left : 127;
      left -= w;
      weights[first * depth + (k / 4 * row + lane - first) * 4 + k % 4] = (int8_t)(kind % 2 ? -w : w);
    }
  }
  for (int32_t b = 0; b < s->map_blocks; b++)
    for (int32_t y = 0; y < s->in_height; y++)
      for (int32_t x = 0; x < s->in_width; x++) {
        const int is_on = kind < 2 || ((y + s->pad_top) % 4 == 0 && (x + s->pad_left) % 4 == 0);
        memset(input + b * s->in_block_stride + y * s->in_row_stride + x * s->in_block, is_on ? 255 : 0,
               (size_t)s->in_block);
      }
}

typedef enum { PLAIN, NARROW, DEPTHWISE, WINOGRAD, WINOGRAD16 } convolution;

/// A shape for one kind of convolution.
static hrn_conv2d_shape shape_of(convolution kind, int32_t block) {
  if (kind == WINOGRAD || kind == WINOGRAD16) return winograd_shape(block);
  return kind == DEPTHWISE ? depthwise_shape(block) : random_shape(block);
}

/// Defines how a convolution of one precision is run: Winograd in bands of `rows` rows, input blocks and groups in two
/// calls each, where there is one; else in one call.
#define RUN(name, type, transformed, transform, winograd, winograd_bytes)                                           \
  static void name(const hrn_kernels *kernels, const hrn_conv2d_##type *a, convolution kind, int32_t rows) {       \
    const hrn_conv2d_shape *s = &a->shape;                                                                          \
    if (kind < WINOGRAD || !kernels->winograd) {                                                                    \
      (kind == DEPTHWISE ? kernels->depthwise2d_##type : kernels->conv2d_##type)(a, 0, groups_of(s), 0,             \
                                                                                 s->out_height);                    \
      return;                                                                                                       \
    }                                                                                                               \
    const hrn_winograd_bytes size = winograd_bytes(s, rows < s->out_height ? rows : s->out_height);                 \
    transformed *v = allocate_aligned(size.input);                                                                  \
    void *scratch = allocate_aligned(size.scratch);                                                                 \
    for (int32_t row = 0; row < s->out_height; row += rows) {                                                       \
      const int32_t end = row + rows < s->out_height ? row + rows : s->out_height;                                  \
      const int32_t cut = between(0, s->map_blocks), group_cut = between(0, groups_of(s));                          \
      kernels->transform(a, 0, cut, row, end, v);                                                                   \
      kernels->transform(a, cut, s->map_blocks, row, end, v);                                                       \
      if (group_cut > 0) kernels->winograd(a, 0, group_cut, row, end, v, scratch);                                  \
      if (group_cut < groups_of(s)) kernels->winograd(a, group_cut, groups_of(s), row, end, v, scratch);            \
    }                                                                                                               \
    release(v);                                                                                                     \
    release(scratch);                                                                                               \
  }
RUN(run_i8, i8, int16_t, winograd_input_i8, winograd_i8, hrn_winograd_i8_bytes)
RUN(run_f32, f32, float, winograd_input_f32, winograd_f32, hrn_winograd_f32_bytes)
RUN(run_bf16, bf16, float, winograd_input_bf16, winograd_bf16, hrn_winograd_f32_bytes)
RUN(run_winograd16, bf16, uint16_t, winograd16_input, winograd16, hrn_winograd16_bytes)

/// By Winograd the same values as directly, which is how a tier without it computes them.
static void sweep_i8(const hrn_kernels *kernels, convolution kind) {
  static const int32_t blocks[] = {16, 32, 64}, seeds[] = {1, 9, 7, 10};
  static const char *const names[] = {"conv2d_i8", "conv2d_i8_narrow", "depthwise2d_i8", "winograd_i8"};
  start((uint64_t)seeds[kind]);
  for (int i = 0; i < 65; i++) {
    const uint64_t seed = state;
    const int whole = kind == PLAIN && i >= 63;
    const int narrow = kind == NARROW, winograd = kind == WINOGRAD, at_bound = winograd && i % 4 == 3;
    hrn_conv2d_shape s = shape_of(kind, blocks[i % 3]);
    if (narrow && i % 4 == 3) s = with_lanes(s, 4 * between(1, s.in_block / 4));
    if ((narrow || kind == PLAIN) && i >= 60) s = i >= 62 ? long_row_shape() : deep_shape(64, i - 60);
    s = whole ? whole_shape(64) : in_order(s, i);
    const int with_classes = i % 4 == 1, with_residual = whole ? i == 63 : i % 3 == 1, pooled = !whole && i % 5 == 4;
    const int from_zero = whole || i / 3 % 2;
    const size_t lanes = lanes_of(&s);
    uint8_t *input = bytes(input_count(&s)), *residual = bytes(output_count(&s));
    int8_t *weights = narrow ? narrow_weights(&s) : (int8_t *)bytes(weight_count(&s));
    if (narrow && i % 3 == 0) memset(input, 255, input_count(&s));
    if (kind == PLAIN && i % 7 == 6) {
      memset(input, i % 2 ? 255 : 0, input_count(&s));
      memset(weights, i % 3 ? -128 : 127, weight_count(&s));
    }
    if (at_bound) fill_to_the_bound(&s, input, weights, i / 4 % 4);
    int32_t *bias = integers(lanes * 4, 30000);
    float *multiplier = reals(lanes, winograd ? 1e-6f : 1e-5f, winograd ? 1e-4f : 1e-3f);
    uint8_t *row_class = bytes((size_t)s.out_height), *column_class = bytes((size_t)s.out_width);
    for (int32_t y = 0; y < s.out_height; y++) row_class[y] &= 1;
    for (int32_t x = 0; x < s.out_width; x++) column_class[x] &= 1;
    uint8_t *output = allocate(output_count(&s), 1);
    int32_t *sums = allocate(lanes, sizeof *sums);
    const hrn_conv2d_i8 a = {
        .shape = s, .input = input, .weights = weights, .bias = bias, .column_classes = 2, .multiplier = multiplier,
        .row_class = with_classes ? row_class : NULL, .column_class = with_classes ? column_class : NULL,
        .residual = with_residual ? residual : NULL, .residual_zero = from_zero && i % 2 ? 0 : 12,
        .residual_multiplier = 0.37f, .output_zero = from_zero ? 0 : 120, .low = from_zero ? 0 : 3,
        .high = pooled ? 65535 : whole ? 255 : 250, .output = pooled ? NULL : output, .pool_sums = pooled ? sums : NULL,
        .is_narrow = narrow,
    };
    run_i8(kernels, &a, kind, pooled ? s.out_height : 4 * between(1, 5));
    take(output, output_count(&s));
    take(sums, lanes * sizeof *sums);
    void *all[] = {input, residual, weights, bias, multiplier, row_class, column_class, output, sums};
    for (size_t p = 0; p < sizeof all / sizeof *all; p++) release(all[p]);
    state = seed + (uint64_t)i * 2 + 1;  // the cuts differ by tier, the data must not
  }
  print(kernels, names[kind]);
}

/// Convolutions of float32, or of bfloat16.
static void sweep_floats(const hrn_kernels *kernels, convolution kind, int is_half) {
  static const char *const names[][2] = {
      [PLAIN] = {"conv2d_f32", "conv2d_bf16"},
      [DEPTHWISE] = {"depthwise2d_f32", "depthwise2d_bf16"},
      [WINOGRAD] = {"winograd_f32", "winograd_bf16"},
      [WINOGRAD16] = {NULL, "winograd16"},
  };
  start((uint64_t)(20 + 2 * (int)kind + is_half));
  for (int i = 0; i < 62; i++) {
    hrn_conv2d_shape s = shape_of(kind, 16);
    if (kind == PLAIN && i % 8 == 7) s = with_lanes(s, 4 * between(1, 3));
    if (kind == PLAIN && i >= 57) s = i == 57 ? long_row_shape() : deep_shape(16, i % 2);
    s = kind == PLAIN && i >= 60 ? whole_shape(16) : in_order(s, i);
    const int with_residual = i % 3 == 1, pooled = i % 5 == 4;
    const size_t lanes = lanes_of(&s), outputs = output_count(&s), width = is_half ? sizeof(uint16_t) : sizeof(float);
    void *input = floats(is_half, input_count(&s), -1, 2), *residual = floats(is_half, outputs, -1, 1);
    void *weights = floats(is_half, weight_count(&s), -1, 1), *output = allocate(outputs, width);
    float *bias = reals(lanes, -1, 1), *sums = allocate(lanes, sizeof *sums);
    const int32_t rows = pooled ? s.out_height : (kind == WINOGRAD16 ? 2 : 4) * between(1, 5);
    if (is_half) {
      const hrn_conv2d_bf16 a = {
          .shape = s, .input = input, .weights = weights, .bias = bias, .residual = with_residual ? residual : NULL,
          .low = 0, .high = 9, .output = pooled ? NULL : output, .pool_sums = pooled ? sums : NULL,
      };
      (kind == WINOGRAD16 ? run_winograd16 : run_bf16)(kernels, &a, kind, rows);
    } else {
      const hrn_conv2d_f32 a = {
          .shape = s, .input = input, .weights = weights, .bias = bias, .residual = with_residual ? residual : NULL,
          .low = 0, .high = 9, .output = pooled ? NULL : output, .pool_sums = pooled ? sums : NULL,
      };
      run_f32(kernels, &a, kind, rows);
    }
    take(output, outputs * width);
    take(sums, lanes * sizeof *sums);
    void *all[] = {input, residual, weights, bias, output, sums};
    for (size_t p = 0; p < sizeof all / sizeof *all; p++) release(all[p]);
  }
  print(kernels, names[kind][is_half]);
}

/// Winograd in 8 bits: weights, inputs and what rounds them are random, or the greatest there are, or narrow.
static void sweep_winograd8(const hrn_kernels *kernels) {
  static const int32_t blocks[] = {16, 32, 64};
  start(12);
  for (int i = 0; i < 60; i++) {
    const hrn_conv2d_shape s = winograd_shape(blocks[i % 3]);
    const int32_t groups = groups_of(&s), is_narrow = i % 4 == 1, is_greatest = i % 4 == 3;
    const size_t lanes = lanes_of(&s), count = lanes * 16 * (size_t)(s.map_blocks * s.in_block);
    uint8_t *input = bytes(input_count(&s));
    int8_t *weights = (int8_t *)bytes(count);
    if (is_greatest) memset(input, 255, input_count(&s));
    for (size_t k = 0; k < count; k++) weights[k] = is_greatest ? -128 : (int8_t)(is_narrow ? weights[k] / 4 : weights[k]);
    int32_t *bias = integers(lanes * 16, 300000), *sums = allocate(lanes, sizeof *sums);
    float *multiplier = reals(lanes * 16, 1e-4f, 1e-2f), *addend = reals(lanes, -100, 100);
    int16_t input_multiplier[16], input_offset[16];
    for (int p = 0; p < 16; p++) {
      input_multiplier[p] = (int16_t)(is_greatest ? 32767 : between(0, 32767));
      input_offset[p] = (int16_t)(is_greatest ? 255 : between(0, 255));
    }
    const hrn_winograd8 a = {
        .shape = s, .input = input, .input_zero = between(0, 255), .input_multiplier = input_multiplier,
        .input_offset = input_offset, .weights = weights, .bias = bias, .multiplier = multiplier, .addend = addend,
        .high = 65535, .pool_sums = sums, .is_narrow = is_narrow,
    };
    const hrn_winograd_bytes size = hrn_winograd8_bytes(&s);
    uint8_t *v = allocate_aligned(size.input);
    void *scratch = allocate_aligned(size.scratch);
    const int32_t cut = s.map_blocks / 2, group_cut = groups / 2;
    kernels->winograd8_input(&a, 0, cut, v);
    kernels->winograd8_input(&a, cut, s.map_blocks, v);
    kernels->winograd8(&a, 0, group_cut, v, scratch);
    kernels->winograd8(&a, group_cut, groups, v, scratch);
    take(sums, lanes * sizeof *sums);
    void *all[] = {input, weights, bias, sums, multiplier, addend, v, scratch};
    for (size_t p = 0; p < sizeof all / sizeof *all; p++) release(all[p]);
  }
  print(kernels, "winograd8");
}

/// Pools, sums, conversions and copies of bfloat16.
static void sweep_bf16(const hrn_kernels *kernels) {
  start(14);
  for (int32_t i = 0; i < 12; i++) {
    hrn_pool2d_shape s = {.blocks = 2, .block = 16 * between(1, 4), .in_height = between(3, 12), .pad_top = i & 1,
                          .in_width = between(3, 12), .kernel_height = 3, .kernel_width = 2, .stride_y = between(1, 3),
                          .stride_x = between(1, 3), .pad_left = i >> 1 & 1};
    s.in_row_stride = s.in_width * s.block;
    s.in_block_stride = s.in_height * s.in_row_stride;
    s.out_height = (s.in_height + s.pad_top - s.kernel_height) / s.stride_y + 1;
    s.out_width = (s.in_width + s.pad_left - s.kernel_width) / s.stride_x + 1;
    s.out_row_stride = s.out_width * s.block;
    s.out_block_stride = s.out_height * s.out_row_stride;
    const size_t inputs = (size_t)(2 * s.in_block_stride), outputs = (size_t)(2 * s.out_block_stride);
    const size_t lanes = (size_t)(2 * s.block);
    const int32_t channels = 2 * s.block - between(0, 15);
    const hrn_channels blocked = {s.block, s.in_block_stride, s.in_row_stride, s.block};
    const hrn_channels plain = {1, s.in_height * s.in_width, s.in_width, 1};
    const hrn_channel_copy copy = {channels, s.in_height, s.in_width, 0, 0, blocked, plain};
    uint16_t *x = halves(inputs, -1, 1), *z = halves(inputs, -1, 1), *y = allocate(outputs, sizeof *y);
    float *sums = allocate(lanes, sizeof *sums), *wide = reals(inputs, -1e30f, 1e30f);
    kernels->max_pool_bf16(&s, x, y, 0, 2);
    take(y, outputs * sizeof *y);
    kernels->average_pool_bf16(&s, x, y, 0, 2);
    take(y, outputs * sizeof *y);
    kernels->sum_pool_bf16(&s, x, sums, 0, 2);
    take(sums, lanes * sizeof *sums);
    kernels->copy_channels_bf16(&copy, x, z);
    take(z, inputs * sizeof *z);
    kernels->add_bf16(x, z, -0.5f, 1.25f, z, (int64_t)inputs);
    take(z, inputs * sizeof *z);
    kernels->bf16_of_f32(wide, z, (int64_t)inputs);
    take(z, inputs * sizeof *z);
    kernels->f32_of_bf16(z, wide, (int64_t)inputs);
    take(wide, inputs * sizeof *wide);
    void *all[] = {x, z, y, sums, wide};
    for (size_t p = 0; p < sizeof all / sizeof *all; p++) release(all[p]);
  }
  print(kernels, "bf16");
}

// Matrix times vector

static void sweep_linear(const hrn_kernels *kernels) {
  start(3);
  for (int32_t outputs = 1; outputs < 200; outputs += 13) {
    const int32_t depth = 4 * between(1, 40), groups = round_up(outputs, 64) / 64;
    const size_t lanes = (size_t)round_up(outputs, 16), count = lanes * (size_t)depth;
    uint8_t *x = bytes((size_t)depth);
    int8_t *weights = (int8_t *)bytes(count);
    float *real_x = reals((size_t)depth, -1, 1), *real_weights = reals(count, -1, 1);
    int32_t *sums = integers(lanes, 100000);
    float *real_sums = reals(lanes, -1, 1), *half_sums = reals(lanes, -1, 1);
    uint16_t *half_weights = halves(count, -1, 1);
    kernels->linear_i8(x, weights, sums, sums, depth, outputs, 0, groups);
    kernels->linear_f32(real_x, real_weights, real_sums, real_sums, depth, outputs, 0, groups);
    // A depth that is odd ends inside a pair.
    kernels->linear_bf16(real_x, half_weights, half_sums, half_sums, depth - outputs % 2, outputs, 0, groups);
    take(sums, lanes * sizeof *sums);
    take(real_sums, lanes * sizeof *real_sums);
    take(half_sums, lanes * sizeof *half_sums);
    void *all[] = {x, weights, real_x, real_weights, half_weights, sums, real_sums, half_sums};
    for (size_t p = 0; p < sizeof all / sizeof *all; p++) release(all[p]);
  }
  print(kernels, "linear");
}

// Pools

static void sweep_pool(const hrn_kernels *kernels) {
  start(4);
  for (int32_t i = 0; i < 12; i++) {
    hrn_pool2d_shape s = {.blocks = 2, .block = 16 * between(1, 4), .in_height = between(3, 12), .pad_top = i & 1,
                          .in_width = between(3, 12), .kernel_height = 3, .kernel_width = 2, .stride_y = between(1, 3),
                          .stride_x = between(1, 3), .pad_left = i >> 1 & 1};
    s.in_row_stride = s.in_width * s.block;
    s.in_block_stride = s.in_height * s.in_row_stride;
    s.out_height = (s.in_height + s.pad_top - s.kernel_height) / s.stride_y + 1;
    s.out_width = (s.in_width + s.pad_left - s.kernel_width) / s.stride_x + 1;
    s.out_row_stride = s.out_width * s.block;
    s.out_block_stride = s.out_height * s.out_row_stride;
    const size_t inputs = (size_t)(2 * s.in_block_stride), outputs = (size_t)(2 * s.out_block_stride);
    const size_t lanes = (size_t)(2 * s.block);
    uint8_t *x = bytes(inputs), *y = allocate(outputs, 1);
    float *real_x = reals(inputs, -1, 1), *real_y = allocate(outputs, sizeof *real_y);
    int32_t *sums = allocate(lanes, sizeof *sums);
    float *real_sums = allocate(lanes, sizeof *real_sums);
    kernels->max_pool_u8(&s, x, y, 0, 2);
    kernels->max_pool_f32(&s, real_x, real_y, 0, 2);
    take(y, outputs);
    take(real_y, outputs * sizeof *real_y);
    kernels->average_pool_u8(&s, x, 37, 1.1f, y, 12, 0, 2);
    kernels->average_pool_f32(&s, real_x, real_y, 0, 2);
    kernels->sum_pool_u8(&s, x, sums, 0, 2);
    kernels->sum_pool_f32(&s, real_x, real_sums, 0, 2);
    take(y, outputs);
    take(real_y, outputs * sizeof *real_y);
    take(sums, lanes * sizeof *sums);
    take(real_sums, lanes * sizeof *real_sums);
    void *all[] = {x, y, real_x, real_y, sums, real_sums};
    for (size_t p = 0; p < sizeof all / sizeof *all; p++) release(all[p]);
  }
  print(kernels, "pool");
}

// Elementwise

static void sweep_elementwise(const hrn_kernels *kernels) {
  start(5);
  for (int32_t n = 0; n < 300; n = n * 3 / 2 + 1) {
    const size_t count = (size_t)n, real_size = count * sizeof(float);
    uint8_t *a = bytes(count), *b = bytes(count), *y = allocate(count, 1);
    float *x = reals(count, -90, 90), *z = reals(count, -20, 20), *real_y = allocate(count, sizeof *real_y);
    int32_t *acc = integers(count, 2000000000);
    kernels->add_u8(a, 3, 0.7f, b, 200, 0.31f, y, 100, 2, 250, n);
    take(y, count);
    kernels->quantize_u8(x, 1.7f, 128, 0, 255, y, n);
    take(y, count);
    kernels->add_f32(x, z, real_y, n);
    take(real_y, real_size);
    kernels->dequantize_u8(a, 128, 0.017f, real_y, n);
    take(real_y, real_size);
    kernels->dequantize_i32(acc, z, x, real_y, n);
    take(real_y, real_size);
    kernels->clamp_f32(x, 0, 6, real_y, n);
    take(real_y, real_size);
    kernels->elu_f32(x, 0.9f, real_y, n);
    take(real_y, real_size);
    kernels->sigmoid_f32(x, real_y, n);
    take(real_y, real_size);
    kernels->softmax_f32(z, real_y, n);
    take(real_y, real_size);
    kernels->tanh_f32(x, real_y, n);
    take(real_y, real_size);
    kernels->leaky_relu_f32(x, 0.1f, real_y, n);
    take(real_y, real_size);
    kernels->hard_sigmoid_f32(x, 0.2f, 0.5f, real_y, n);
    take(real_y, real_size);
    kernels->hard_swish_f32(z, real_y, n);
    take(real_y, real_size);
    void *all[] = {a, b, y, x, z, real_y, acc};
    for (size_t p = 0; p < sizeof all / sizeof *all; p++) release(all[p]);
  }
  print(kernels, "elementwise");
}

// Channels

static void sweep_channels(const hrn_kernels *kernels) {
  start(7);
  for (int32_t channels = 1; channels < 90; channels = channels * 2 + 1) {
    const int32_t height = between(1, 5), width = between(1, 9), block = 16 << between(0, 2);
    const int32_t plane = height * width, lanes = (channels + block - 1) / block * block;
    const size_t count = (size_t)(lanes * plane), real_size = count * sizeof(float);
    const hrn_channels blocked = {block, (int64_t)plane * block, (int64_t)width * block, block};
    const hrn_channels plain = {1, plane, width, 1};
    const hrn_channel_copy copy = {channels, height, width, 0, 0, blocked, plain};
    uint8_t *x = bytes(count), *table = bytes(256), *y = bytes(count);
    float *real_x = reals(count, -9, 9), *real_y = reals(count, -1, 1);
    float *scale = reals((size_t)lanes, -2, 2), *shift = reals((size_t)lanes, -50, 200);
    int32_t *parents = integers((size_t)channels, 1000);
    for (int32_t i = 0; i < channels; i++) parents[i] = i == 0 || parents[i] < 0 ? -1 : parents[i] % i;
    kernels->copy_channels_u8(&copy, x, table, y);
    take(y, count);
    kernels->copy_channels_f32(&copy, real_x, real_y);
    take(real_y, real_size);
    kernels->lookup_u8(x, table, y, (int64_t)count);
    take(y, count);
    kernels->dequantize_pixels_u8(x, height, width, channels, (int64_t)width * channels, shift, scale, blocked, real_y);
    take(real_y, real_size);
    for (int32_t b = 0; b < lanes / block; b++) {
      kernels->scale_shift_f32(real_x, scale + b * block, shift + b * block, real_y, block, plane);
      take(real_y, (size_t)(block * plane) * sizeof *real_y);
      kernels->scale_shift_u8(x, scale + b * block, shift + b * block, 2, 250, y, block, plane);
      take(y, (size_t)(block * plane));
    }
    kernels->local_response_norm_f32(real_x, channels, height, width, blocked, 5, 0.3f, 0.75f, 1.5f, real_y);
    take(real_y, real_size);
    kernels->tree_max_f32(real_x, parents, real_y, channels);
    take(real_y, (size_t)channels * sizeof *real_y);
    kernels->tree_min_f32(real_x, parents, real_y, channels);
    take(real_y, (size_t)channels * sizeof *real_y);
    void *all[] = {x, table, y, real_x, real_y, scale, shift, parents};
    for (size_t p = 0; p < sizeof all / sizeof *all; p++) release(all[p]);
  }
  print(kernels, "channels");
}

static void sweep_pixels(const hrn_kernels *kernels) {
  start(6);
  for (int32_t channels = 1; channels <= 4; channels++) {
    const int32_t height = between(1, 9), width = between(1, 40), border = between(0, 3);
    const int32_t pitch = (width + 2 * border) * channels + between(0, 5);
    const size_t count = (size_t)((height + 2 * border) * pitch);
    uint8_t *image = bytes((size_t)(height * width * channels)), *y = allocate(count, 1);
    float *mean = reals((size_t)channels, 0.3f, 0.6f), *std = reals((size_t)channels, 0.2f, 0.3f);
    float *real_y = allocate(count, sizeof *real_y);
    uint16_t *numbers = halves((size_t)(256 * channels), -3, 3), *zeros = halves((size_t)channels, -1, 1);
    uint16_t *half_y = allocate(count, sizeof *half_y);
    kernels->pad_pixels_u8(image, height, width, channels, border, pitch, y);
    kernels->pad_pixels_f32(image, height, width, channels, border, pitch, 1.0f / 255, mean, std, real_y);
    take(y, count);
    kernels->pad_pixels_bf16(image, height, width, channels, border, pitch, numbers, zeros, half_y);
    take(real_y, count * sizeof *real_y);
    take(half_y, count * sizeof *half_y);
    void *all[] = {image, y, mean, std, real_y, numbers, zeros, half_y};
    for (size_t p = 0; p < sizeof all / sizeof *all; p++) release(all[p]);
  }
  print(kernels, "pixels");
}

typedef void (*kernel)(void);

/// The kernel that computes a convolution of floats.
static kernel float_kernel(const hrn_kernels *kernels, convolution kind, int is_half) {
  switch (kind) {
    case DEPTHWISE: return is_half ? (kernel)kernels->depthwise2d_bf16 : (kernel)kernels->depthwise2d_f32;
    case WINOGRAD: return is_half ? (kernel)kernels->winograd_bf16 : (kernel)kernels->winograd_f32;
    default: return is_half ? (kernel)kernels->conv2d_bf16 : (kernel)kernels->conv2d_f32;
  }
}

/// What takes long runs at a tier whose kernel is not that of the tier before.
int main(void) {
  const hrn_kernels *before = NULL;
  for (int tier = HRN_TIER_SCALAR; tier <= HRN_TIER_I8MM; tier++) {
    const hrn_kernels *kernels = hrn_kernels_at((hrn_tier)tier);
    if ((int)kernels->tier != tier) continue;
    for (int kind = PLAIN; kind <= WINOGRAD; kind++) {
      sweep_i8(kernels, (convolution)kind);
      for (int half = 0; kind != NARROW && half <= 1; half++)
        if (!before || float_kernel(kernels, kind, half) != float_kernel(before, kind, half))
          sweep_floats(kernels, (convolution)kind, half);
    }
    if (!before || kernels->winograd8 != before->winograd8) sweep_winograd8(kernels);
    if (!before || kernels->winograd16 != before->winograd16) sweep_floats(kernels, WINOGRAD16, 1);
    sweep_linear(kernels);
    sweep_pool(kernels);
    sweep_elementwise(kernels);
    sweep_pixels(kernels);
    sweep_channels(kernels);
    sweep_bf16(kernels);
    before = kernels;
  }
  return 0;
}
