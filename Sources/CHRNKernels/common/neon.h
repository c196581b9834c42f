// The vector intrinsics of AArch64, and what its tiers share.
#pragma once
#include "conv2d_walk.h"
#include <arm_neon.h>

/// Before lanes of x are factors: a compiler that knows of x's earlier uses would keep each lane in a register of its own,
/// and there are not that many, where an instruction takes a lane in its place.
#define HRN_IN_PLACE(x) __asm__("" : "+w"(x))

/// min(max(t, low), high) lane by lane, as hrn_clamp orders it: FMAX and FMIN treat zeros and NaN otherwise.
HRN_INLINE float32x4_t hrn_clamp_lanes(float32x4_t t, float low, float high) {
  const float32x4_t least = vdupq_n_f32(low), most = vdupq_n_f32(high);
  t = vbslq_f32(vcgtq_f32(t, least), t, least);
  return vbslq_f32(vcltq_f32(t, most), t, most);
}
