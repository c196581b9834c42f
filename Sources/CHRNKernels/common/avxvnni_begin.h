// Functions from here to tier_end.h are compiled for the AVX-VNNI tier. Include system headers before.
#if defined(HRN_EMULATED)
#elif defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,avxvnni")
#endif
