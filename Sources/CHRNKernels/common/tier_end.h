// Ends the region that a tier's begin header began.
#if defined(HRN_EMULATED)
#elif defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
