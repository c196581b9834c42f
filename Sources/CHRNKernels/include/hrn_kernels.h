// The arithmetic of HRN: one table of typed function pointers per CPU tier.
//
// Every tier starts from the one below it and replaces what it does better. A kernel neither allocates nor fails, and
// reads and writes nothing outside the ranges stated here. int8 kernels give the same bits at every tier; so do the
// float kernels, because an accumulator lane is always one output channel and every step is one fused multiply-add.
// One instruction differs where numbers are next to nothing: see conv2d_bf16. Float arguments are finite. max(a, b) is
// a > b ? a : b, and min likewise, so 0 wins over -0 in max(-0, 0).
// Pointers need the alignment of their element; weights and tensors on 64-byte boundaries are fastest.
//
// A bfloat16 is the upper half of a float, in a uint16_t. What is stored in it has been computed in float: bf16(x) is x
// rounded to it, half to even (common/bf16.h), and float(b) is exact, as is the product of two of them.
//
// Layouts
//   blocked   [ceil(C / B)][H][W][B]    B is the channel block, a multiple of 16. Lanes past C are arbitrary values
//                                       that meet zero weights when read: convolutions write those up to
//                                       round_up(C, 16) and leave the rest of a block alone. Float tensors, of either
//                                       width, whose C is no multiple of B use B = 16, lest a NaN of nobody's meets a
//                                       zero weight.
//   pixels    [H + 2p][pitch]           interleaved channels in a border that stands for zeros, as the stem reads them;
//                                       pitch covers the lanes of the last window, which may end up to 3 past the last
//                                       pixel. What lies there is a number.
//   vector    [N]                       plain.
//
// Packed weights, portable packing (one form for every tier)
//   output channels are cut into groups of 64 lanes; the last group is rounded up to a multiple of 16 lanes.
//   int8     [group][input block][tap row][tap column][k / 4][lane][4]      k runs over the lanes of one input block
//   bfloat16 [group][input block][tap row][tap column][k / 2][lane][2]
//   float32  [group][input block][tap row][tap column][k][lane]
//   Lanes past the output channels and k past the input channels hold zero. So do, where a convolution is in parts, the
//   k that are none of a lane's part; a group has the input blocks that the parts of its lanes read, and no others.
//
// Packed weights, depthwise packing: the same groups, a lane has its own input channel and no k
//   [group][tap row][tap column][lane]
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Output channels per group of packed weights, at most.
enum { HRN_GROUP_LANES = 64 };
/// Output positions of a band whose sums are taken in chunks, at most.
enum { HRN_CHUNK_POSITIONS = 384 };

/// What a machine offers, each tier including the ones above it in its part of this list, and the scalar one.
typedef enum {
  HRN_TIER_SCALAR = 0,
  HRN_TIER_AVX2 = 1,        // AVX2 and FMA
  HRN_TIER_AVXVNNI = 2,     // 256-bit VPDPBUSD (VEX)
  HRN_TIER_AVX512VNNI = 3,  // AVX-512 F, BW, VL, DQ and VNNI; such a machine may lack the VEX form
  HRN_TIER_AVX512BF16 = 4,  // and BF16

  HRN_TIER_NEON = 5,        // AArch64
  HRN_TIER_DOTPROD = 6,     // SDOT
  HRN_TIER_I8MM = 7,        // SUDOT
} hrn_tier;

/// A convolution's geometry, shared by all precisions. Strides are in elements of the tensor.
///
///   out[oy, ox] = sum over (ky, kx) with 0 <= iy < in_height and 0 <= ix < in_width,
///   iy = oy * stride_y + ky * dilation_y - pad_top, ix = ox * stride_x + kx * dilation_x - pad_left.
///
/// Taps outside the input are skipped. A convolution may be in parts ("groups" elsewhere): every part_outputs output
/// channels read part_inputs input channels of their own, in order. The group of 64 lanes from c0 on reads in_blocks
/// input blocks from min(c0 / part_outputs * part_inputs / in_block, map_blocks - in_blocks) on.
///
/// A stem reads `pixels`: one tap column, one input block of kernel_width * channels (rounded up to a multiple of 4)
/// lanes, in_pixel_stride = channels (ix steps by stride_x * channels), pads of zero: the border is in the buffer.
typedef struct {
  int32_t in_height, in_width;
  int32_t map_blocks;         // input channel blocks
  int32_t in_blocks;          // those that a group reads
  int32_t in_block;           // lanes per input block, a multiple of 4
  int32_t part_inputs;        // input channels of a part
  int32_t part_outputs;       // output channels of a part, at least 1
  int64_t in_pixel_stride;    // between neighbouring ix
  int64_t in_row_stride;      // between neighbouring iy
  int64_t in_block_stride;    // between neighbouring input blocks
  int32_t kernel_height, kernel_width;
  int32_t stride_y, stride_x;
  int32_t dilation_y, dilation_x;
  int32_t pad_top, pad_left;
  int32_t out_height, out_width;
  int32_t out_channels;       // the groups cover round_up(out_channels, 16) lanes
  int32_t out_block;          // lanes per output block, a multiple of 16
  int64_t out_row_stride;
  int64_t out_block_stride;   // out_pixel_stride is out_block
  /// The order of the work, which changes no result: of a band of so many output rows each group's sums are taken over
  /// chunks of so many input blocks, from 1 to in_blocks. A chunk's weights are read once per band. With fewer than
  /// in_blocks band * out_width is at most HRN_CHUNK_POSITIONS.
  int32_t band, chunk;
} hrn_conv2d_shape;

/// An int8 convolution: u8 activations, s8 weights, exact int32 sums.
///
///   acc  = bias[row_class[oy]][column_class[ox]][c] + sum x * w
///   t    = float(acc) * multiplier[c]
///   t    = t + float(residual - residual_zero) * residual_multiplier        when residual is given
///   t    = t + output_zero
///   y    = round_half_even(min(max(t, low), high))                          0 <= low <= high <= 255
///
/// Each line is one IEEE operation after another, never contracted. With `pool_sums` the value is pooled instead of
/// stored: there high may reach 65535, y is added to pool_sums[c] over all positions (int32), and output, which may be
/// null, is not touched; pool_sums covers round_up(out_channels, 16) lanes and is set, not accumulated, by the call. A
/// pooled convolution is called with all rows at once.
typedef struct {
  hrn_conv2d_shape shape;
  const uint8_t *input;
  const int8_t *weights;
  const int32_t *bias;              // [row classes][column_classes][lanes], lanes = round_up(out_channels, 16)
  int32_t column_classes;
  const uint8_t *row_class;         // [out_height], or null: every position is class 0
  const uint8_t *column_class;      // [out_width], null together with row_class
  const float *multiplier;          // [lanes]
  const uint8_t *residual;          // laid out as the output, or null
  float residual_zero, residual_multiplier;
  float output_zero, low, high;
  uint8_t *output;
  int32_t *pool_sums;               // or null
  /// Whether a 16-bit lane holds two steps of the packing: of the weights k, k + 1, k + 4 and k + 5 of every lane, and of
  /// k + 2, k + 3, k + 6 and k + 7, k a multiple of 8 within a tap of a block, those above 0 sum to at most 128 and
  /// those below to at least -128.
  int32_t is_narrow;
} hrn_conv2d_i8;

/// A float32 convolution.
///
///   acc = bias[c]; then, in the order input block, tap row, tap column, k:  acc = fma(x, w, acc)
///   acc = acc + residual            when given
///   y   = min(max(acc, low), high)
///
/// With `pool_sums` y is added to pool_sums[c] in row-major order of positions (set, not accumulated, by the call).
typedef struct {
  hrn_conv2d_shape shape;
  const float *input, *weights, *bias;
  const float *residual;            // laid out as the output, or null
  float low, high;                  // 0 and +inf for ReLU, -inf and +inf for none
  float *output;
  float *pool_sums;                 // [round_up(out_channels, 16)], or null
} hrn_conv2d_f32;

/// A bfloat16 convolution: its maps and weights are bfloat16, all between them is float32.
///
///   acc = bias[c]; then, in the order input block, tap row, tap column, pair of k:
///     acc = fma(float(x[k + 1]), float(w[k + 1]), acc), then acc = fma(float(x[k]), float(w[k]), acc)
///   acc = acc + float(residual)     when given
///   y   = bf16(min(max(acc, low), high))
///
/// With `pool_sums` the float before the last rounding is pooled, as by hrn_conv2d_f32.
typedef struct {
  hrn_conv2d_shape shape;
  const uint16_t *input, *weights;
  const float *bias;
  const uint16_t *residual;         // laid out as the output, or null
  float low, high;
  uint16_t *output;
  float *pool_sums;                 // [round_up(out_channels, 16)], or null
} hrn_conv2d_bf16;

/// A pooled int8 convolution of 3 x 3 taps by Winograd's F(2,3) in 8 bits. It is a function of its own, not conv2d_i8's:
/// a transformed input is rounded to u8, and weights are transformed before they are. Stride and dilation are 1, maps are
/// blocked, there is one part.
///
///   B = [ 1  0 -1  0 ]     A = [ 1  1  1  0 ]     position p = 4 i + j, of point i of the rows and j of the columns
///       [ 0  1  1  0 ]         [ 0  1 -1  1 ]
///       [ 0 -1  1  0 ]
///       [ 0 -1  0  1 ]
///
/// Tiles are 2 x 2 outputs from (0, 0) on. With d the 4 x 4 inputs of a tile less input_zero, and 0 outside the map:
///
///   V    = B d B'
///   V8_p = min(max(((V_p * input_multiplier[p] + 2^14) >> 15) + input_offset[p], 0), 255)        rounds half up
///   M_p  = bias[p][c] + sum over input channels V8_p * U_p                                        exact, int32
///   m_p  = float(M_p) * multiplier[p][c]
///   Y    = A m A'     along y first; a row of A as (m0 + m1) + m2, and as (m1 - m2) + m3
///   y    = round_half_even(min(max(Y + addend[c], 0), high))                                      high <= 65535
///
/// Each float line is one IEEE operation after another, never contracted. y is added to pool_sums[c] over all positions
/// (int32; set, not accumulated, by the call). Weights U are packed by 16 lanes, k running over map_blocks * in_block
/// input lanes: [16 lanes][position][k / 4][lane][4].
typedef struct {
  hrn_conv2d_shape shape;            // what describes an output in memory is not read
  const uint8_t *input;
  int32_t input_zero;                // 0 to 255
  const int16_t *input_multiplier;   // [16], 0 to 32767
  const int16_t *input_offset;       // [16], 0 to 255
  const int8_t *weights;
  const int32_t *bias;               // [16][lanes], lanes = round_up(out_channels, 16)
  const float *multiplier;           // [16][lanes]
  const float *addend;               // [lanes]
  float high;
  int32_t *pool_sums;                // [lanes]
  int32_t is_narrow;                 // as in hrn_conv2d_i8, of each position
} hrn_winograd8;

/// Memory that a convolution by Winograd takes besides its arguments: its transformed input, and what one thread works in.
typedef struct {
  int64_t input, scratch;  // bytes, multiples of 64
} hrn_winograd_bytes;

/// A pooling window over a blocked tensor; strides as in hrn_conv2d_shape, block lanes alike on both sides.
typedef struct {
  int32_t blocks, block;
  int32_t in_height, in_width;
  int64_t in_row_stride, in_block_stride;
  int32_t kernel_height, kernel_width, stride_y, stride_x, pad_top, pad_left;
  int32_t out_height, out_width;
  int64_t out_row_stride, out_block_stride;
} hrn_pool2d_shape;

/// Where channels lie in memory: element y, x of channel c is
///
///   c / block * block_stride + y * row_stride + x * pixel_stride + c % block
typedef struct {
  int32_t block;
  int64_t block_stride, row_stride, pixel_stride;
} hrn_channels;

/// Channels [in_first, in_first + channels) of one memory become channels from out_first on of another.
typedef struct {
  int32_t channels, height, width, in_first, out_first;
  hrn_channels in, out;
} hrn_channel_copy;

/// The kernels of one tier.
typedef struct {
  hrn_tier tier;
  const char *name;  // as hrn_tier_named takes it

  /// Computes output groups [group0, group1) and output rows [row0, row1) of a convolution.
  void (*conv2d_i8)(const hrn_conv2d_i8 *args, int32_t group0, int32_t group1, int32_t row0, int32_t row1);
  void (*conv2d_f32)(const hrn_conv2d_f32 *args, int32_t group0, int32_t group1, int32_t row0, int32_t row1);
  /// VDPBF16PS, at the tier avx512bf16, takes the same steps, but reads as 0 what is below 2^-126 and gives 0 for it:
  /// where inputs, weights and sums are not that small, the bits are the same.
  void (*conv2d_bf16)(const hrn_conv2d_bf16 *args, int32_t group0, int32_t group1, int32_t row0, int32_t row1);
  /// The same where each output channel reads the input channel of its number, and weights are packed for that:
  /// map_blocks = in_blocks = in_block = 1, part_inputs = part_outputs = 1, in_pixel_stride = out_block. Input lanes
  /// up to round_up(out_channels, 16) are read.
  void (*depthwise2d_i8)(const hrn_conv2d_i8 *args, int32_t group0, int32_t group1, int32_t row0, int32_t row1);
  void (*depthwise2d_f32)(const hrn_conv2d_f32 *args, int32_t group0, int32_t group1, int32_t row0, int32_t row1);
  /// One fused multiply-add per tap, in row-major order.
  void (*depthwise2d_bf16)(const hrn_conv2d_bf16 *args, int32_t group0, int32_t group1, int32_t row0, int32_t row1);

  /// A 3 x 3 convolution of blocked maps in one part, of stride and dilation 1, by Winograd's F(4,3), with F(2,3) where a
  /// map ends. A call of winograd_input transforms the input of output rows [row0, row1), of input blocks [block0,
  /// block1), into v; once all blocks are there, calls of winograd compute output groups [group0, group1) of those rows.
  /// row0 is a multiple of 4, and so is row1 unless it is out_height. v and scratch are on 64-byte boundaries and as
  /// large as hrn_winograd_i8_bytes or hrn_winograd_f32_bytes, for both floats, says; a scratch serves one thread at a time.
  ///
  /// int8: the same bits as conv2d_i8, where 255 times the sum of an output channel's weights above 0, and of those below
  /// 0, is less than 2^25. Where 3 rows or columns are left at the end it skips the positions that have no outputs. Null at
  /// a tier that has none: conv2d_i8 is as good, as it is where the outputs have fewer rows or columns than
  /// winograd_i8_least.
  void (*winograd_input_i8)(const hrn_conv2d_i8 *args, int32_t block0, int32_t block1, int32_t row0, int32_t row1,
                            int16_t *v);
  void (*winograd_i8)(const hrn_conv2d_i8 *args, int32_t group0, int32_t group1, int32_t row0, int32_t row1,
                      const int16_t *v, void *scratch);
  int32_t winograd_i8_least;
  /// float32: in_block is 16, and the sums are other sums than conv2d_f32's. With a = 3/4 and b = 3/2, and
  /// the 6 positions of each axis of a tile that is 4 long in the order 0, a, -a, infinity, b, -b; fma(x, y, z) is
  /// x * y + z rounded once; d are a tile's inputs along an axis, zero outside the map, and g the taps:
  ///
  ///   B d   v0 = fma(81/64, d0, fma(-45/16, d2, d4))        v3 = fma(81/64, d1, fma(-45/16, d3, d5))
  ///         v1, v2 = fma(+-a, fma(-b^2, d1, d3), fma(-b^2, d2, d4))
  ///         v4, v5 = fma(+-b, fma(-a^2, d1, d3), fma(-a^2, d2, d4))
  ///   G g   u0 = g0    u1, u2 = fma(+-a, g1, fma(a^2, g2, g0))    u3 = g2    u4, u5 = fma(+-b, g1, fma(b^2, g2, g0))
  ///   A m   y0 = fma(64/81, m0, 32/243 * fma(-4, m1 + m2, m4 + m5))    y1 = 16/81 * fma(-2, m1 - m2, m4 - m5)
  ///         y2 = 8/27 * ((m4 + m5) - (m1 + m2))                        y3 = fma(4/9, fma(-1/2, m1 - m2, m4 - m5), m3)
  ///
  /// Where a tile is 2 long: v0 = fma(-a^2, d0, d2), v1, v2 = fma(+-a, d1, d2), v3 = fma(-a^2, d1, d3);
  /// y0 = fma(-16/9, m0, 8/9 * (m1 + m2)), y1 = fma(2/3, m1 - m2, m3). Fractions are the nearest floats, each transform
  /// is applied along y first. At every pair of positions M = 0, then for each input channel in order M = fma(V, U, M).
  /// Then y = A M A', y = y + bias, y = y + residual when given, y = min(max(y, low), high). Pool sums take the positions
  /// of a tile in row-major order, and tiles in this order: those 4 high and 2 wide, 4 by 4 in row-major order, those 2
  /// high and 4 wide, the one that is 2 by 2. An output of K = 9 C products of the size s differs from the exact one by
  /// about 3 s sqrt(K) 2^-24 (root mean square), three times what conv2d_f32 does.
  void (*winograd_input_f32)(const hrn_conv2d_f32 *args, int32_t block0, int32_t block1, int32_t row0, int32_t row1,
                             float *v);
  void (*winograd_f32)(const hrn_conv2d_f32 *args, int32_t group0, int32_t group1, int32_t row0, int32_t row1,
                       const float *v, void *scratch);
  /// bfloat16: the same sums of float(x) and float(w), by the same operations at every tier; bf16(y) is stored.
  void (*winograd_input_bf16)(const hrn_conv2d_bf16 *args, int32_t block0, int32_t block1, int32_t row0, int32_t row1,
                              float *v);
  void (*winograd_bf16)(const hrn_conv2d_bf16 *args, int32_t group0, int32_t group1, int32_t row0, int32_t row1,
                        const float *v, void *scratch);

  /// The same convolutions of bfloat16 by F(2,3) alone, whose products are of bfloat16 too: another function, for CPUs that
  /// multiply such pairs at twice the rate of floats. row0 is even, and so is row1 unless it is out_height. B is that of
  /// hrn_winograd8, and tiles are 2 x 2 outputs from (row0, 0) on. With d the 4 x 4 inputs of a tile and 0 outside the map,
  /// each transform is applied along y first, every step one IEEE operation:
  ///
  ///   V = bf16(B d B')      U = bf16(G g G')      G g: g0, (g0 + g2) + g1, (g0 + g2) - g1, g2
  ///   A m   y0 = fma(1/2, m1 + m2, m0)            y1 = fma(1/2, m1 - m2, m3)
  ///
  /// At every position M = 0, then for each pair of input channels in order M = fma(V, U, M) of the second, then of the
  /// first. Y = A M A', and on from there as above; pool sums take half tiles at the right first, then whole ones, half ones
  /// at the bottom, the corner. An output of K = 9 C products of the size s differs from the exact one by about
  /// 1.7 s sqrt(K) 2^-9 (root mean square), which is three times what rounding x and w to bfloat16 did. The tier avx512bf16
  /// takes numbers below 2^-126 for 0, as in conv2d_bf16. v and scratch are as hrn_winograd16_bytes says.
  void (*winograd16_input)(const hrn_conv2d_bf16 *args, int32_t block0, int32_t block1, int32_t row0, int32_t row1,
                           uint16_t *v);
  void (*winograd16)(const hrn_conv2d_bf16 *args, int32_t group0, int32_t group1, int32_t row0, int32_t row1,
                     const uint16_t *v, void *scratch);

  /// A hrn_winograd8: winograd8_input makes V8 of input blocks [block0, block1) in v, in a form that the same tier reads;
  /// once all blocks are there, calls of winograd8 compute output groups [group0, group1). v and scratch are as
  /// hrn_winograd8_bytes says.
  void (*winograd8_input)(const hrn_winograd8 *args, int32_t block0, int32_t block1, uint8_t *v);
  void (*winograd8)(const hrn_winograd8 *args, int32_t group0, int32_t group1, const uint8_t *v, void *scratch);

  /// acc[n] = bias[n] + sum over k of x[k] * w[n, k], for the lanes of groups [group0, group1). x holds `depth`
  /// bytes, a multiple of 4; weights are packed with one input block of depth lanes. acc and bias cover
  /// round_up(outputs, 16) lanes.
  void (*linear_i8)(const uint8_t *x, const int8_t *weights, const int32_t *bias, int32_t *acc, int32_t depth,
                    int32_t outputs, int32_t group0, int32_t group1);
  /// acc[n] = initial[n]; then for k ascending: acc[n] = fma(x[k], w[n, k], acc[n]). initial may be acc.
  void (*linear_f32)(const float *x, const float *weights, const float *initial, float *acc, int32_t depth,
                     int32_t outputs, int32_t group0, int32_t group1);
  /// The same of float(w). Weights are packed with one input block of round_up(depth, 2) lanes; x holds depth numbers.
  void (*linear_bf16)(const float *x, const uint16_t *weights, const float *initial, float *acc, int32_t depth,
                      int32_t outputs, int32_t group0, int32_t group1);

  /// Maximum over the taps inside the input; every window must hold at least one. Blocks [block0, block1).
  void (*max_pool_u8)(const hrn_pool2d_shape *s, const uint8_t *x, uint8_t *y, int32_t block0, int32_t block1);
  void (*max_pool_f32)(const hrn_pool2d_shape *s, const float *x, float *y, int32_t block0, int32_t block1);
  void (*max_pool_bf16)(const hrn_pool2d_shape *s, const uint16_t *x, uint16_t *y, int32_t block0, int32_t block1);
  /// The mean of the n taps inside the input; every window must hold at least one. Blocks [block0, block1).
  ///   t = float(sum x - n * zero) * (multiplier / float(n)), then t = t + y_zero,
  ///   y = round_half_even(min(max(t, 0), 255))
  void (*average_pool_u8)(const hrn_pool2d_shape *s, const uint8_t *x, int32_t zero, float multiplier, uint8_t *y,
                          float y_zero, int32_t block0, int32_t block1);
  /// y = sum x * (1 / float(n)), taps in row-major order.
  void (*average_pool_f32)(const hrn_pool2d_shape *s, const float *x, float *y, int32_t block0, int32_t block1);
  /// y = bf16(sum float(x) * (1 / float(n))), summed in float.
  void (*average_pool_bf16)(const hrn_pool2d_shape *s, const uint16_t *x, uint16_t *y, int32_t block0, int32_t block1);
  /// sums[c] = sum over all positions of the input (the window is ignored), lanes of blocks [block0, block1).
  void (*sum_pool_u8)(const hrn_pool2d_shape *s, const uint8_t *x, int32_t *sums, int32_t block0, int32_t block1);
  void (*sum_pool_f32)(const hrn_pool2d_shape *s, const float *x, float *sums, int32_t block0, int32_t block1);
  void (*sum_pool_bf16)(const hrn_pool2d_shape *s, const uint16_t *x, float *sums, int32_t block0, int32_t block1);

  /// y[i] = a[i] + b[i].  y may be a or b.
  void (*add_f32)(const float *a, const float *b, float *y, int64_t n);
  /// y[i] = bf16(min(max(float(a[i]) + float(b[i]), low), high)).  y may be a or b.
  void (*add_bf16)(const uint16_t *a, const uint16_t *b, float low, float high, uint16_t *y, int64_t n);
  /// t = float(a - a_zero) * a_multiplier + float(b - b_zero) * b_multiplier (two products, one sum), t = t + y_zero,
  /// y = round_half_even(min(max(t, low), high)).
  void (*add_u8)(const uint8_t *a, float a_zero, float a_multiplier, const uint8_t *b, float b_zero,
                 float b_multiplier, uint8_t *y, float y_zero, float low, float high, int64_t n);
  /// y[i] = round_half_even(min(max(x[i] * multiplier + zero, low), high)).
  void (*quantize_u8)(const float *x, float multiplier, float zero, float low, float high, uint8_t *y, int64_t n);
  /// y[i] = float(x[i] - zero) * scale.
  void (*dequantize_u8)(const uint8_t *x, float zero, float scale, float *y, int64_t n);
  /// y[i] = bf16(x[i]), and y[i] = float(x[i]).
  void (*bf16_of_f32)(const float *x, uint16_t *y, int64_t n);
  void (*f32_of_bf16)(const uint16_t *x, float *y, int64_t n);
  /// y[i] = float(acc[i]) * multiplier[i] + (addend ? addend[i] : 0), the sum in either case.
  void (*dequantize_i32)(const int32_t *acc, const float *multiplier, const float *addend, float *y, int64_t n);
  /// y[i] = min(max(x[i], low), high).  y may be x in this and the next six.
  void (*clamp_f32)(const float *x, float low, float high, float *y, int64_t n);
  /// y[i] = x[i] > 0 ? x[i] : alpha * x[i].
  void (*leaky_relu_f32)(const float *x, float alpha, float *y, int64_t n);
  /// y[i] = min(max(x[i] * alpha + beta, 0), 1), a product and a sum.
  void (*hard_sigmoid_f32)(const float *x, float alpha, float beta, float *y, int64_t n);
  /// y[i] = x[i] * min(max(x[i] * float(1 / 6) + 0.5, 0), 1).
  void (*hard_swish_f32)(const float *x, float *y, int64_t n);
  /// y[i] = x[i] > 0 ? x[i] : alpha * (exp(x[i]) - 1). This and the next two are one sequence of IEEE operations in
  /// double, rounded to float at the end: within 0.51 ulp of the exact value where that is a normal float.
  void (*elu_f32)(const float *x, float alpha, float *y, int64_t n);
  /// y[i] = 1 / (1 + exp(-x[i])).
  void (*sigmoid_f32)(const float *x, float *y, int64_t n);
  /// y[i] = (exp(2 x[i]) - 1) / (exp(2 x[i]) + 1).
  void (*tanh_f32)(const float *x, float *y, int64_t n);
  /// y = e / sum e, e = float(exp(x - max x)), summed in double in ascending order; y sums to 1 within 1e-6.
  void (*softmax_f32)(const float *x, float *y, int64_t n);
  /// Copies channels from layout to layout; zeros where x is null. x and y must not overlap.
  void (*copy_channels_f32)(const hrn_channel_copy *s, const float *x, float *y);
  void (*copy_channels_bf16)(const hrn_channel_copy *s, const uint16_t *x, uint16_t *y);
  /// The same; y = table[x] where a table of 256 bytes is given.
  void (*copy_channels_u8)(const hrn_channel_copy *s, const uint8_t *x, const uint8_t *table, uint8_t *y);
  /// y[i] = table[x[i]], the table of 256 bytes.  y may be x.
  void (*lookup_u8)(const uint8_t *x, const uint8_t *table, uint8_t *y, int64_t n);
  /// y = float(x - zero[c]) * scale[c] of an interleaved image whose rows are `pitch` bytes apart.
  void (*dequantize_pixels_u8)(const uint8_t *x, int32_t height, int32_t width, int32_t channels, int64_t pitch,
                               const float *zero, const float *scale, hrn_channels out, float *y);
  /// y[p, k] = x[p, k] * scale[k] + shift[k], a product and a sum, for `positions` times `lanes` elements.  y may be x.
  void (*scale_shift_f32)(const float *x, const float *scale, const float *shift, float *y, int32_t lanes,
                          int64_t positions);
  /// y[p, k] = round_half_even(min(max(float(x[p, k]) * scale[k] + shift[k], low), high)).  y may be x.
  void (*scale_shift_u8)(const uint8_t *x, const float *scale, const float *shift, float low, float high, uint8_t *y,
                         int32_t lanes, int64_t positions);
  /// y[c] = x[c] / (bias + alpha / size * sum of x[i]^2)^beta, i from c - (size - 1) / 2 to c + size / 2 as far as there
  /// are such channels. In double, the sum ascending, the power as exp(-beta * ln(...)), rounded to float once. x and y
  /// lie alike and must not overlap; size is at least 1, bias above 0, alpha not below.
  void (*local_response_norm_f32)(const float *x, int32_t channels, int32_t height, int32_t width, hrn_channels layout,
                                  int32_t size, float alpha, float beta, float bias, float *y);
  /// y[i] = max(x[i], y of i's children); y[i] = min(x[i], y of i's parent). parents[i] < i, or -1 for none.  y may be x.
  void (*tree_max_f32)(const float *x, const int32_t *parents, float *y, int64_t n);
  void (*tree_min_f32)(const float *x, const int32_t *parents, float *y, int64_t n);
  /// Writes an interleaved u8 image [height][width][channels] into a `pixels` buffer whose border of `border` pixels
  /// is zero on every side; bytes between (width + 2 * border) * channels and pitch are zero too. y holds
  /// (height + 2 * border) * pitch elements.
  void (*pad_pixels_u8)(const uint8_t *image, int32_t height, int32_t width, int32_t channels, int32_t border,
                        int64_t pitch, uint8_t *y);
  /// The same for float: y = (float(p) * scale - mean[ch]) / std[ch], one IEEE operation after another; the
  /// border is 0 after normalization.
  void (*pad_pixels_f32)(const uint8_t *image, int32_t height, int32_t width, int32_t channels, int32_t border,
                         int64_t pitch, float scale, const float *mean, const float *std, float *y);
  /// The same for bfloat16, of any numbers: y = numbers[ch][p], [channels][256]; the border is zeros[ch].
  void (*pad_pixels_bf16)(const uint8_t *image, int32_t height, int32_t width, int32_t channels, int32_t border,
                          int64_t pitch, const uint16_t *numbers, const uint16_t *zeros, uint16_t *y);
} hrn_kernels;

/// What a convolution by Winograd of `rows` output rows needs, at any tier.
hrn_winograd_bytes hrn_winograd_i8_bytes(const hrn_conv2d_shape *s, int32_t rows);
hrn_winograd_bytes hrn_winograd_f32_bytes(const hrn_conv2d_shape *s, int32_t rows);
hrn_winograd_bytes hrn_winograd16_bytes(const hrn_conv2d_shape *s, int32_t rows);
/// What a hrn_winograd8 needs, at any tier.
hrn_winograd_bytes hrn_winograd8_bytes(const hrn_conv2d_shape *s);

/// The fastest tier that this machine runs: the best it has, but on Intel's CPUs below avx512bf16.
hrn_tier hrn_best_tier(void);
/// The kernels of the best tier that is at most `ceiling`, the scalar one where that is another machine's; never null.
const hrn_kernels *hrn_kernels_at(hrn_tier ceiling);
/// Finds a tier by its name, "scalar", "avx2", "avxvnni", "avx512vnni", "avx512bf16", "neon", "dotprod" or "i8mm"; returns
/// 0 and leaves *tier alone when there is none.
int hrn_tier_named(const char *name, hrn_tier *tier);

#ifdef __cplusplus
}
#endif
