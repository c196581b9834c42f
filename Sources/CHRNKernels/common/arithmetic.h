// The float steps that every tier shares. Each is a fixed sequence of IEEE operations: no libm, nothing contracted.
#pragma once
#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

static inline int32_t hrn_min_i32(int32_t a, int32_t b) { return a < b ? a : b; }
static inline int32_t hrn_max_i32(int32_t a, int32_t b) { return a > b ? a : b; }

/// min(max(t, low), high) as x86 orders it: a NaN becomes low.
static inline float hrn_clamp(float t, float low, float high) {
  t = t > low ? t : low;
  return t < high ? t : high;
}

/// The integer nearest to t, ties to even, for 0 <= t <= 2^22: at 2^23 a float counts in ones.
static inline int32_t hrn_round_half_even(float t) { return (int32_t)((t + 0x1p23f) - 0x1p23f); }

/// round_half_even(min(max(t, low), high)).
static inline int32_t hrn_quantize(float t, float low, float high) {
  return hrn_round_half_even(hrn_clamp(t, low, high));
}

/// e^x as scale * (1 + tail): x = n ln 2 + r with |r| <= ln 2 / 2, scale = 2^n, tail = e^r - 1.
typedef struct {
  double scale, tail;
} hrn_exponential;

/// Cody-Waite reduction and a Taylor polynomial of degree 10, in double: relative error below 2^-40. x is held to
/// [-200, 200], where a float has long met 0 or infinity; a NaN stays one.
static inline hrn_exponential hrn_split_exp(double x) {
  x = x < -200.0 ? -200.0 : x;
  x = x > 200.0 ? 200.0 : x;
  // At 1.5 * 2^52 a double counts in ones, so this addition rounds and leaves n in the low bits.
  const double shifted = x * 0x1.71547652b82fep+0 + 0x1.8p52;
  const double n = shifted - 0x1.8p52;
  const double r = (x - n * 0x1.62e42fefa38p-1) - n * 0x1.ef35793c7673p-45;
  double p = 0x1.27e4fb7789f5cp-22;        // 1 / 10!
  p = p * r + 0x1.71de3a556c734p-19;       // 1 / 9!
  p = p * r + 0x1.a01a01a01a01ap-16;       // 1 / 8!
  p = p * r + 0x1.a01a01a01a01ap-13;       // 1 / 7!
  p = p * r + 0x1.6c16c16c16c17p-10;       // 1 / 6!
  p = p * r + 0x1.1111111111111p-7;        // 1 / 5!
  p = p * r + 0x1.5555555555555p-5;        // 1 / 4!
  p = p * r + 0x1.5555555555555p-3;        // 1 / 3!
  p = p * r + 0.5;
  uint64_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 1023) << 52;
  hrn_exponential e;
  memcpy(&e.scale, &bits, sizeof bits);
  e.tail = r + (r * r) * p;
  return e;
}

/// e^x within 0.51 ulp of the float it is rounded to.
static inline double hrn_exp(double x) {
  const hrn_exponential e = hrn_split_exp(x);
  return e.scale + e.scale * e.tail;
}

/// e^x - 1 without cancellation around 0.
static inline double hrn_expm1(double x) {
  const hrn_exponential e = hrn_split_exp(x);
  return (e.scale - 1.0) + e.scale * e.tail;
}

/// ln x for a normal number above 0: x = 2^e m with m from sqrt(1/2) to sqrt(2), and ln m = 2 artanh((m - 1) / (m + 1))
/// by its series. Relative error below 2^-40 away from 1, absolute error below 2^-50 around it.
static inline double hrn_log(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  const int64_t e = (int64_t)(bits - 0x3fe6a09e667f3bcdu) >> 52;
  bits -= (uint64_t)e << 52;
  double m;
  memcpy(&m, &bits, sizeof m);
  const double s = (m - 1.0) / (m + 1.0), z = s * s;
  double p = 1.0 / 19;
  p = p * z + 1.0 / 17;
  p = p * z + 1.0 / 15;
  p = p * z + 1.0 / 13;
  p = p * z + 1.0 / 11;
  p = p * z + 1.0 / 9;
  p = p * z + 1.0 / 7;
  p = p * z + 1.0 / 5;
  p = p * z + 1.0 / 3;
  return (double)e * 0x1.62e42fefa39efp-1 + (2.0 * s + 2.0 * s * (z * p));
}
