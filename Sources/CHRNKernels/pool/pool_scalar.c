// Pooling on any machine.
#include "../common/bf16.h"
#include "../common/conv2d_geometry.h"
#include "../tiers.h"

#define HRN_NAME(kernel) hrn_##kernel##_scalar
#include "pool_body.h"
