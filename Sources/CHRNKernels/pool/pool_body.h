// Pooling over blocked tensors, in loops over lanes that compilers vectorise. A file per tier includes this with
// HRN_NAME(kernel) giving that tier's name of a kernel.

/// Lanes whose sums or maxima are registers.
enum { LANES = 16 };

/// What a window reads: its taps inside the input, and where the first of them lies in block 0.
typedef struct {
  hrn_range rows, columns;
  int64_t first;
} window;

static inline window window_at(const hrn_pool2d_shape *s, int32_t oy, int32_t ox) {
  const int32_t iy0 = oy * s->stride_y - s->pad_top, ix0 = ox * s->stride_x - s->pad_left;
  window w = {hrn_taps_inside(iy0, s->kernel_height, 1, s->in_height),
              hrn_taps_inside(ix0, s->kernel_width, 1, s->in_width), 0};
  w.first = (int64_t)(iy0 + w.rows.first) * s->in_row_stride + (int64_t)(ix0 + w.columns.first) * s->block;
  return w;
}

void HRN_NAME(average_pool_u8)(const hrn_pool2d_shape *s, const uint8_t *x, int32_t zero, float multiplier, uint8_t *y,
                               float y_zero, int32_t block0, int32_t block1) {
  for (int32_t block = block0; block < block1; block++)
    for (int32_t oy = 0; oy < s->out_height; oy++)
      for (int32_t ox = 0; ox < s->out_width; ox++) {
        const window w = window_at(s, oy, ox);
        const int32_t rows = w.rows.end - w.rows.first, columns = w.columns.end - w.columns.first;
        const int32_t taps = rows * columns;
        const float scaled = multiplier / (float)taps;
        uint8_t *out = y + block * s->out_block_stride + oy * s->out_row_stride + (int64_t)ox * s->block;
        for (int32_t lane = 0; lane < s->block; lane += LANES) {
          const uint8_t *in = x + block * s->in_block_stride + w.first + lane;
          int32_t sums[LANES] = {0};
          for (int32_t ky = 0; ky < rows; ky++)
            for (int32_t kx = 0; kx < columns; kx++)
              for (int i = 0; i < LANES; i++) sums[i] += in[ky * s->in_row_stride + (int64_t)kx * s->block + i];
          for (int i = 0; i < LANES; i++)
            out[lane + i] = (uint8_t)hrn_quantize((float)(sums[i] - taps * zero) * scaled + y_zero, 0, 255);
        }
      }
}

void HRN_NAME(average_pool_f32)(const hrn_pool2d_shape *s, const float *x, float *y, int32_t block0, int32_t block1) {
  for (int32_t block = block0; block < block1; block++)
    for (int32_t oy = 0; oy < s->out_height; oy++)
      for (int32_t ox = 0; ox < s->out_width; ox++) {
        const window w = window_at(s, oy, ox);
        const int32_t rows = w.rows.end - w.rows.first, columns = w.columns.end - w.columns.first;
        const float factor = 1.0f / (float)(rows * columns);
        float *out = y + block * s->out_block_stride + oy * s->out_row_stride + (int64_t)ox * s->block;
        for (int32_t lane = 0; lane < s->block; lane += LANES) {
          const float *in = x + block * s->in_block_stride + w.first + lane;
          float sums[LANES] = {0};
          for (int32_t ky = 0; ky < rows; ky++)
            for (int32_t kx = 0; kx < columns; kx++)
              for (int i = 0; i < LANES; i++) sums[i] += in[ky * s->in_row_stride + (int64_t)kx * s->block + i];
          for (int i = 0; i < LANES; i++) out[lane + i] = sums[i] * factor;
        }
      }
}

void HRN_NAME(average_pool_bf16)(const hrn_pool2d_shape *s, const uint16_t *x, uint16_t *y, int32_t block0,
                                 int32_t block1) {
  for (int32_t block = block0; block < block1; block++)
    for (int32_t oy = 0; oy < s->out_height; oy++)
      for (int32_t ox = 0; ox < s->out_width; ox++) {
        const window w = window_at(s, oy, ox);
        const int32_t rows = w.rows.end - w.rows.first, columns = w.columns.end - w.columns.first;
        const float factor = 1.0f / (float)(rows * columns);
        uint16_t *out = y + block * s->out_block_stride + oy * s->out_row_stride + (int64_t)ox * s->block;
        for (int32_t lane = 0; lane < s->block; lane += LANES) {
          const uint16_t *in = x + block * s->in_block_stride + w.first + lane;
          float sums[LANES] = {0};
          for (int32_t ky = 0; ky < rows; ky++)
            for (int32_t kx = 0; kx < columns; kx++)
              for (int i = 0; i < LANES; i++)
                sums[i] += hrn_float_of_bf16(in[ky * s->in_row_stride + (int64_t)kx * s->block + i]);
          for (int i = 0; i < LANES; i++) out[lane + i] = hrn_bf16_of_float(sums[i] * factor);
        }
      }
}

/// Defines the greatest of each window's taps, `lanes` at a time where a block has as many: the first tap inside, then
/// whichever next is greater. Taps are compared as `value`, which `load` makes of them, and `store` makes them again.
/// Windows of 3 x 3 inside the input, and of 1 x 1, have loops of known length.
#define MAX_POOL(name, type, value, load, store)                                                                  \
  static inline __attribute__((always_inline)) void name##_lanes(const hrn_pool2d_shape *s, int32_t rows,         \
                                                                 int32_t columns, const type *restrict in,        \
                                                                 type *restrict out, int lanes) {                 \
    value greatest[64];                                                                                           \
    for (int i = 0; i < lanes; i++) greatest[i] = load(in[i]);                                                    \
    for (int32_t ky = 0; ky < rows; ky++)                                                                         \
      for (int32_t kx = 0; kx < columns; kx++) {                                                                  \
        const type *next = in + ky * s->in_row_stride + (int64_t)kx * s->block;                                   \
        for (int i = 0; i < lanes; i++) greatest[i] = load(next[i]) > greatest[i] ? load(next[i]) : greatest[i];  \
      }                                                                                                           \
    for (int i = 0; i < lanes; i++) out[i] = store(greatest[i]);                                                  \
  }                                                                                                               \
                                                                                                                  \
  void HRN_NAME(name)(const hrn_pool2d_shape *s, const type *x, type *y, int32_t block0, int32_t block1) {        \
    enum { WIDE = 64 / sizeof(value) };                                                                           \
    for (int32_t block = block0; block < block1; block++)                                                         \
      for (int32_t oy = 0; oy < s->out_height; oy++)                                                              \
        for (int32_t ox = 0; ox < s->out_width; ox++) {                                                           \
          const window w = window_at(s, oy, ox);                                                                  \
          const int32_t rows = w.rows.end - w.rows.first, columns = w.columns.end - w.columns.first;              \
          const type *in = x + block * s->in_block_stride + w.first;                                              \
          type *out = y + block * s->out_block_stride + oy * s->out_row_stride + (int64_t)ox * s->block;          \
          int32_t lane = 0;                                                                                       \
          for (; lane + WIDE <= s->block; lane += WIDE) {                                                         \
            if (rows == 3 && columns == 3) name##_lanes(s, 3, 3, in + lane, out + lane, WIDE);                    \
            else if (rows == 1 && columns == 1) name##_lanes(s, 1, 1, in + lane, out + lane, WIDE);               \
            else name##_lanes(s, rows, columns, in + lane, out + lane, WIDE);                                     \
          }                                                                                                       \
          for (; lane < s->block; lane += LANES) name##_lanes(s, rows, columns, in + lane, out + lane, LANES);    \
        }                                                                                                         \
  }

#define AS_IT_IS(x) (x)
MAX_POOL(max_pool_u8, uint8_t, uint8_t, AS_IT_IS, AS_IT_IS)
MAX_POOL(max_pool_f32, float, float, AS_IT_IS, AS_IT_IS)
MAX_POOL(max_pool_bf16, uint16_t, float, hrn_float_of_bf16, hrn_bf16_equal_to)

void HRN_NAME(sum_pool_u8)(const hrn_pool2d_shape *s, const uint8_t *x, int32_t *sums, int32_t block0,
                           int32_t block1) {
  for (int32_t block = block0; block < block1; block++) {
    int32_t *restrict out = sums + (int64_t)block * s->block;
    memset(out, 0, (size_t)s->block * sizeof *out);
    for (int32_t iy = 0; iy < s->in_height; iy++)
      for (int32_t ix = 0; ix < s->in_width; ix++) {
        const uint8_t *restrict in = x + block * s->in_block_stride + iy * s->in_row_stride + (int64_t)ix * s->block;
        for (int32_t lane = 0; lane < s->block; lane++) out[lane] += in[lane];
      }
  }
}

void HRN_NAME(sum_pool_f32)(const hrn_pool2d_shape *s, const float *x, float *sums, int32_t block0, int32_t block1) {
  for (int32_t block = block0; block < block1; block++) {
    float *restrict out = sums + (int64_t)block * s->block;
    memset(out, 0, (size_t)s->block * sizeof *out);
    for (int32_t iy = 0; iy < s->in_height; iy++)
      for (int32_t ix = 0; ix < s->in_width; ix++) {
        const float *restrict in = x + block * s->in_block_stride + iy * s->in_row_stride + (int64_t)ix * s->block;
        for (int32_t lane = 0; lane < s->block; lane++) out[lane] += in[lane];
      }
  }
}

void HRN_NAME(sum_pool_bf16)(const hrn_pool2d_shape *s, const uint16_t *x, float *sums, int32_t block0,
                             int32_t block1) {
  for (int32_t block = block0; block < block1; block++) {
    float *restrict out = sums + (int64_t)block * s->block;
    memset(out, 0, (size_t)s->block * sizeof *out);
    for (int32_t iy = 0; iy < s->in_height; iy++)
      for (int32_t ix = 0; ix < s->in_width; ix++) {
        const uint16_t *restrict in = x + block * s->in_block_stride + iy * s->in_row_stride + (int64_t)ix * s->block;
        for (int32_t lane = 0; lane < s->block; lane++) out[lane] += hrn_float_of_bf16(in[lane]);
      }
  }
}
