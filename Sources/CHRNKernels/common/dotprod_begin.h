// Functions from here to tier_end.h are compiled for the dotprod tier. Include system headers before.
#if defined(HRN_EMULATED)
#elif defined(__clang__)
#pragma clang attribute push(__attribute__((target("arch=armv8.2-a+dotprod"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("arch=armv8.2-a+dotprod")
#endif
