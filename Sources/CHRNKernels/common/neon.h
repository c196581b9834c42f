// The vector intrinsics of AArch64, the compiler's own or with HRN_EMULATED those of SIMDe, and what its tiers share.
#pragma once
#include "conv2d_walk.h"

#if defined(HRN_EMULATED)
#define SIMDE_ENABLE_NATIVE_ALIASES
#define SIMDE_NO_NATIVE
#include <math.h>
#include <simde/arm/neon.h>

#include "emulation.h"

HRN_EMULATE(float32x4_t, float, 4, hrn_multiply_add, (float32x4_t a, float32x4_t b, float32x4_t c),
            fmaf(HRN_LANE(float, b), HRN_LANE(float, c), HRN_LANE(float, a)))
HRN_EMULATE(int32x4_t, int32_t, 4, hrn_nearest, (float32x4_t a), (int32_t)nearbyintf(HRN_LANE(float, a)))
HRN_EMULATE(uint32x4_t, uint32_t, 4, hrn_shift_long, (uint16x4_t a, int n), (uint32_t)HRN_LANE(uint16_t, a) << n)
HRN_EMULATE(int16x8_t, int16_t, 8, hrn_scale_words, (int16x8_t a, int16x8_t b),
            (int16_t)hrn_min_i32((HRN_LANE(int16_t, a) * HRN_LANE(int16_t, b) + (1 << 14)) >> 15, INT16_MAX))

/// The products of 4 bytes of `a`, from `first` on, with the 4 of lane i of `b`, which are signed.
#define HRN_DOT(a, first, b, i)                                                                               \
  (uint32_t)((a)[first] * (b)[4 * i] + (a)[first + 1] * (b)[4 * i + 1] + (a)[first + 2] * (b)[4 * i + 2]        \
             + (a)[first + 3] * (b)[4 * i + 3])

HRN_EMULATE(int32x4_t, uint32_t, 4, hrn_dots, (int32x4_t sums, int8x16_t a, int8x16_t b),
            HRN_LANE(uint32_t, sums) + HRN_DOT(b, 4 * i, a, i))
HRN_EMULATE(int32x4_t, uint32_t, 4, hrn_lane_dots, (int32x4_t sums, int8x16_t a, int8x16_t b, int lane),
            HRN_LANE(uint32_t, sums) + HRN_DOT(b, 4 * lane, a, i))
HRN_EMULATE(int32x4_t, uint32_t, 4, hrn_mixed_lane_dots, (int32x4_t sums, int8x16_t a, uint8x16_t b, int lane),
            HRN_LANE(uint32_t, sums) + HRN_DOT(b, 4 * lane, a, i))

#undef vfmaq_f32
#undef vfmaq_n_f32
#undef vshll_n_u16
#undef vqrdmulhq_s16
#undef vdotq_s32
#undef vdotq_laneq_s32
#define vfmaq_f32 hrn_multiply_add
#define vfmaq_n_f32(a, b, c) hrn_multiply_add(a, b, vdupq_n_f32(c))
#define vcvtnq_s32_f32 hrn_nearest
#define vshll_n_u16 hrn_shift_long
#define vqrdmulhq_s16 hrn_scale_words
#define vmlal_high_laneq_s16(sums, a, x, lane) vmlal_laneq_s16(sums, vget_high_s16(a), x, lane)
#define vdotq_s32 hrn_dots
#define vdotq_laneq_s32 hrn_lane_dots
#define vsudotq_laneq_s32 hrn_mixed_lane_dots
#define HRN_IN_PLACE(x)
#define HRN_BY_NOW(x)
#else
#include <arm_neon.h>
/// x is in one register from here on. Before lanes of it are factors: a compiler that knows of its earlier uses would keep
/// each lane in a register of its own, and there are not that many, where an instruction takes a lane in its place. And of
/// sums, which gcc would move about.
#define HRN_IN_PLACE(x) __asm__("" : "+w"(x))
/// x is computed by here, where a HRN_IN_ORDER follows: later, it would keep in registers what it is computed from.
#define HRN_BY_NOW(x) __asm__ volatile("" : "+w"(x))
#endif

/// Whether a compiler moves loads to before the products that precede them.
#if defined(__clang__)
enum { HRN_MOVES_LOADS = 1 };
#else
enum { HRN_MOVES_LOADS = 0 };
#endif

/// min(max(t, low), high) lane by lane, as hrn_clamp orders it: FMAX and FMIN treat zeros and NaN otherwise.
HRN_INLINE float32x4_t hrn_clamp_lanes(float32x4_t t, float low, float high) {
  const float32x4_t least = vdupq_n_f32(low), most = vdupq_n_f32(high);
  t = vbslq_f32(vcgtq_f32(t, least), t, least);
  return vbslq_f32(vcltq_f32(t, most), t, most);
}
