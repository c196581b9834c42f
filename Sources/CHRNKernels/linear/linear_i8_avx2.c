// Matrix times vector in int8 on AVX2.
#if defined(__x86_64__)
#include "../common/conv2d_walk.h"
#include "../tiers.h"
#include <immintrin.h>

#include "../common/avx2_begin.h"
#include "../products/products_i8_avx2.h"
#define HRN_NAME hrn_linear_i8_avx2
#include "linear_body.h"
#include "../common/avx2_end.h"
#endif
