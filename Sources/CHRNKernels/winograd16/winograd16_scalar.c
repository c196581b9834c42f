// The Winograd of bfloat16 products as the contract states it, 16 lanes at a time, and the memory it takes at any tier.
#include "../common/conv2d_walk.h"
#include "../tiers.h"
#include "winograd16_memory.h"

#undef HRN_UNROLL
#define HRN_UNROLL HRN_ROLLED
#define PART static __attribute__((noinline))
#if defined(__aarch64__)
#define MULTIPLY_ADD HRN_INLINE
#else
#define MULTIPLY_ADD PART
#endif
#define PIXELS 1
#define HRN_NAME(family) hrn_##family##_scalar
enum { K_STEP = 2 };

#include "../common/lanes_scalar.h"

HRN_INLINE void add_tap(vector acc[PIXELS][VECTORS], int first, int end, int vectors, const uint16_t *x,
                        int64_t pixel_step, const uint16_t *w, int64_t row_step, int32_t count) {
  (void)first, (void)end, (void)vectors, (void)pixel_step;
  for (; count > 0; count--, x += K_STEP, w += row_step) {
    acc[0][0] = multiply_add(splat(hrn_float_of_bf16(x[1])), odd_of(w), acc[0][0]);
    acc[0][0] = multiply_add(splat(hrn_float_of_bf16(x[0])), even_of(w), acc[0][0]);
  }
}

#include "winograd16_pairs.h"
#include "winograd16_body.h"

hrn_winograd_bytes hrn_winograd16_bytes(const hrn_conv2d_shape *s, int32_t rows) {
  const hrn_f23_cover cover = hrn_f23_cover_of(s, 0, rows);
  return (hrn_winograd_bytes){
      .input = HRN_F23_POSITIONS * w16_v_step(s, &cover) * (int64_t)sizeof(uint16_t),
      .scratch = HRN_F23_POSITIONS * (W16_U_STEP(HRN_GROUP_LANES) * (int64_t)sizeof(uint16_t)
                                      + W16_M_STEP(W16_TILES, HRN_GROUP_LANES) * (int64_t)sizeof(float)),
  };
}
