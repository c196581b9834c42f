// The products of the Winograd of floats, M = U . V summed over channels. For winograd_f32_body.h.

#if !defined(HAS_ADD_TAP)
/// Adds the products of `pixels` tiles with one block of 16 transformed weights, asking for no more than `burst` lines of
/// what is ahead at once.
HRN_INLINE void add_block(vector acc[PIXELS][VECTORS], const float *x, const float *u, int pixels, int vectors,
                          hrn_asking *ahead, int32_t burst) {
  const int lanes = vectors * VECTOR_LANES;
  HRN_ALIGNED
  for (int k = 0; k < HRN_V_LANES; k += UNROLL, x += UNROLL, u += UNROLL * lanes) {
    if (TILE_LANES > 16) hrn_ask_some(ahead, burst);
    HRN_UNROLL
    for (int n = 0; n < UNROLL; n++) {
      const weight_row row = load_row(u + n * lanes, vectors);
      HRN_UNROLL
      for (int p = 0; p < pixels; p++) add_row(acc[p], vectors, x + p * HRN_V_LANES + n, &row, u + n * lanes);
      HRN_IN_ORDER;
    }
  }
}
#else
HRN_INLINE void add_block(vector acc[PIXELS][VECTORS], const float *x, const float *u, int pixels, int vectors,
                          hrn_asking *ahead, int32_t burst) {
  (void)ahead;
  (void)burst;
  add_tap(acc, 0, pixels, vectors, x, HRN_V_LANES, u, vectors * VECTOR_LANES, HRN_V_LANES);
}
#endif

/// The products of `pixels` tiles with `blocks` blocks of 16 transformed weights, added to m unless they are the first.
HRN_INLINE void add_products(float *m, const float *v, int64_t block_stride, int32_t blocks, const float *u, int pixels,
                             int vectors, int is_first, hrn_asking ahead, int32_t burst) {
  const int lanes = vectors * VECTOR_LANES;
  vector acc[PIXELS][VECTORS];
  HRN_UNROLL
  for (int p = 0; p < pixels; p++)
    HRN_UNROLL
    for (int i = 0; i < vectors; i++)
      acc[p][i] = is_first ? splat(0) : load_sums(m + p * lanes + i * VECTOR_LANES);
  for (int32_t block = 0; block < blocks; block++, v += block_stride, u += U_BLOCK(lanes))
    add_block(acc, v, u, pixels, vectors, &ahead, burst);
  HRN_UNROLL
  for (int p = 0; p < pixels; p++)
    HRN_UNROLL
    for (int i = 0; i < vectors; i++) store_sums(m + p * lanes + i * VECTOR_LANES, acc[p][i]);
}

typedef void (*product_function)(float *m, const float *v, int64_t block_stride, int32_t blocks, const float *u,
                                 int is_first, const hrn_asking *ahead, int32_t burst);

#define PRODUCTS(pixels, function, vectors)                                                                       \
  static void function(float *m, const float *v, int64_t block_stride, int32_t blocks, const float *u,            \
                       int is_first, const hrn_asking *ahead, int32_t burst) {                                    \
    add_products(m, v, block_stride, blocks, u, pixels, vectors, is_first, *ahead, burst);                        \
  }
HRN_INSTANCES(product_function, wide_products, PIXELS, PRODUCTS, VECTORS)
#if defined(HAS_NARROW_TILES)
HRN_INSTANCES(product_function, narrow_products, PIXELS, PRODUCTS, LINE_VECTORS)
#else
#define narrow_products wide_products
_Static_assert(TILE_LANES == 16, "a group's last 16 lanes have products");
#endif
