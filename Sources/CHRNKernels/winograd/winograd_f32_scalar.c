// The Winograd of floats as the contract states it, 16 lanes at a time, and the memory it takes at any tier.
#include "../common/conv2d_walk.h"
#include "../tiers.h"
#include "winograd_f32_memory.h"

// Nothing here is worth its bytes inlined or unrolled: each step is sixteen operations already, and where a fused
// multiply-add is no instruction, sixteen calls.
#undef HRN_UNROLL
#define HRN_UNROLL
#define PART static __attribute__((noinline))
#if defined(__aarch64__)
#define MULTIPLY_ADD HRN_INLINE
#else
#define MULTIPLY_ADD PART
#endif
#define PIXELS 1
#define HRN_NAME(family) hrn_##family##_scalar
enum { UNROLL = 1, CHUNK = 32, FEW_CHUNK = 32, PAIRS = 1, SUM_LINES = 64 };

#include "../common/lanes_scalar.h"

typedef vector weight_row;

HRN_INLINE weight_row load_row(const float *w, int vectors) {
  (void)vectors;
  return load_sums(w);
}

HRN_INLINE void add_row(vector acc[VECTORS], int vectors, const float *x, const weight_row *row, const float *w) {
  (void)vectors;
  (void)w;
  acc[0] = multiply_add(splat(*x), *row, acc[0]);
}

#include "winograd_f32_body.h"

hrn_winograd_bytes hrn_winograd_f32_bytes(const hrn_conv2d_shape *s, int32_t rows) {
  const hrn_winograd_cover cover = hrn_winograd_cover_of(s, 0, rows, HRN_TAIL_FLOAT);
  return (hrn_winograd_bytes){
      .input = HRN_POSITIONS * hrn_winograd_v_of(s, &cover, 0).position_stride * 4,
      .scratch = (HRN_U_FLOATS + HRN_M_FLOATS) * 4,
  };
}
