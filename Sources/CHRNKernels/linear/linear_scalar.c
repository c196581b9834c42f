// Matrix times vector as the contract states it. A lane is one output: its sum has one order.
#include "../common/bf16.h"
#include "../common/conv2d_geometry.h"
#include "../tiers.h"
#include <math.h>

void hrn_linear_i8_scalar(const uint8_t *x, const int8_t *weights, const int32_t *bias, int32_t *acc, int32_t depth,
                          int32_t outputs, int32_t group0, int32_t group1) {
  for (int32_t group = group0; group < group1; group++) {
    const int32_t n0 = group * HRN_GROUP_LANES, lanes = hrn_group_lanes(outputs, group);
    const int8_t *w = weights + (int64_t)n0 * depth;
    for (int32_t lane = 0; lane < lanes; lane++) {
      uint32_t sum = (uint32_t)bias[n0 + lane];
      for (int32_t k = 0; k < depth; k++) sum += (uint32_t)(x[k] * w[((int64_t)(k / 4) * lanes + lane) * 4 + k % 4]);
      acc[n0 + lane] = (int32_t)sum;
    }
  }
}

void hrn_linear_f32_scalar(const float *x, const float *weights, const float *initial, float *acc, int32_t depth,
                           int32_t outputs, int32_t group0, int32_t group1) {
  for (int32_t group = group0; group < group1; group++) {
    const int32_t n0 = group * HRN_GROUP_LANES, lanes = hrn_group_lanes(outputs, group);
    const float *w = weights + (int64_t)n0 * depth;
    for (int32_t lane = 0; lane < lanes; lane++) {
      float sum = initial[n0 + lane];
      for (int32_t k = 0; k < depth; k++) sum = fmaf(x[k], w[(int64_t)k * lanes + lane], sum);
      acc[n0 + lane] = sum;
    }
  }
}

void hrn_linear_bf16_scalar(const float *x, const uint16_t *weights, const float *initial, float *acc, int32_t depth,
                            int32_t outputs, int32_t group0, int32_t group1) {
  for (int32_t group = group0; group < group1; group++) {
    const int32_t n0 = group * HRN_GROUP_LANES, lanes = hrn_group_lanes(outputs, group);
    const uint16_t *w = weights + (int64_t)n0 * ((depth + 1) / 2 * 2);
    for (int32_t lane = 0; lane < lanes; lane++) {
      float sum = initial[n0 + lane];
      for (int32_t k = 0; k < depth; k++)
        sum = fmaf(x[k], hrn_float_of_bf16(w[((int64_t)(k / 2) * lanes + lane) * 2 + k % 2]), sum);
      acc[n0 + lane] = sum;
    }
  }
}
