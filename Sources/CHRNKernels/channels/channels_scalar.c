// Kernels that know channels, on any machine.
#include <string.h>

#include "../common/arithmetic.h"
#include "../tiers.h"

#define HRN_NAME(kernel) hrn_##kernel##_scalar
#include "channels_body.h"
