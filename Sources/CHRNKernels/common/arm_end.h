// Ends the region that dotprod_begin.h or i8mm_begin.h began.
#if defined(HRN_EMULATED)
#elif defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
