#include "hrn_blas.h"
