#include "hrn_kernels.h"
