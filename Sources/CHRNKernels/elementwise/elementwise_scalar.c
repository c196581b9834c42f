// Elementwise kernels on any machine.
#include "../common/arithmetic.h"
#include "../common/bf16.h"
#include "../tiers.h"

#define HRN_NAME(kernel) hrn_##kernel##_scalar
#include "elementwise_body.h"
