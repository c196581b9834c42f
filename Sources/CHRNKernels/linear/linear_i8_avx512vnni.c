// Matrix times vector in int8 on AVX-512-VNNI.
#if defined(__x86_64__)
#include "../common/conv2d_walk.h"
#include "../tiers.h"
#include <immintrin.h>

#include "../common/avx512_begin.h"
#include "../products/products_i8_avx512vnni.h"
#define HRN_NAME hrn_linear_i8_avx512vnni
#include "linear_body.h"
#include "../common/avx512_end.h"
#endif
