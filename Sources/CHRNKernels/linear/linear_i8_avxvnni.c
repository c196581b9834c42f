// Matrix times vector in int8 on AVX-VNNI.
#if defined(__x86_64__)
#include "../common/conv2d_walk.h"
#include "../tiers.h"
#include <immintrin.h>

#include "../common/avxvnni_begin.h"
#include "../products/products_i8_avxvnni.h"
#define HRN_NAME hrn_linear_i8_avxvnni
#include "linear_body.h"
#include "../common/avxvnni_end.h"
#endif
