// How the emulated builds define instructions that SIMDe 0.7.4 lacks, rounds twice, or has by what C leaves
// undefined: lane by lane, in plain C.
#pragma once

/// A function of vectors by the value of lane i.
#define HRN_EMULATE(result, lane_type, lanes, name, parameters, value)          \
  static __attribute__((noinline, unused)) result name parameters {               \
    lane_type values[lanes];                                                    \
    for (int i = 0; i < lanes; i++) values[i] = value;                          \
    result r;                                                                   \
    memcpy(&r, values, sizeof r);                                               \
    return r;                                                                   \
  }
#define HRN_LANE(lane_type, vector)                                             \
  ({                                                                            \
    lane_type lane;                                                             \
    memcpy(&lane, (const char *)&(vector) + i * (int)sizeof lane, sizeof lane); \
    lane;                                                                       \
  })
