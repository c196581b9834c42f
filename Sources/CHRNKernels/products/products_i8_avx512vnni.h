// Sums of products by 512-bit VPDPBUSD. Included between a tier's begin and end; defines what
// conv2d_tile.h and linear_body.h build upon.

typedef uint8_t element;
typedef int8_t weight;
typedef int32_t sum;
typedef __m512i vector;
/// Vectors of sums per row of weights, at most; lanes per vector; k per step.
enum { VECTORS = 4, VECTOR_LANES = 16, K_STEP = 4, REGISTER_VECTORS = 3 };

HRN_INLINE vector load_sums(const sum *p) { return _mm512_loadu_si512(p); }

HRN_INLINE void store_sums(sum *p, vector sums) { _mm512_storeu_si512(p, sums); }

/// Four k of 64 lanes.
typedef struct {
  __m512i part[REGISTER_VECTORS];
} weight_row;

HRN_INLINE weight_row load_row(const weight *w, int vectors) {
  weight_row row;
  HRN_UNROLL
  for (int v = 0; v < vectors && v < REGISTER_VECTORS; v++) row.part[v] = _mm512_loadu_si512(w + 64 * v);
  return row;
}

/// acc + the dot products of x with the weights w. Written in assembly because a compiler that may move it finds an order
/// which takes more registers than there are.
HRN_INLINE __m512i add_products_in_order(__m512i acc, __m512i x, __m512i w) {
#if defined(HRN_EMULATED)
  return _mm512_dpbusd_epi32(acc, x, w);
#else
  __asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(x), "v"(w));
  return acc;
#endif
}

/// The same with w in memory: a compiler would load it once for all pixels, and it has no register left.
HRN_INLINE __m512i add_products_in_memory(__m512i acc, __m512i x, const weight *w) {
#if defined(HRN_EMULATED)
  return _mm512_dpbusd_epi32(acc, x, _mm512_loadu_si512(w));
#else
  struct bytes {
    weight w[64];
  };
  __asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(x), "m"(*(const struct bytes *)w));
  return acc;
#endif
}

HRN_INLINE void add_row(vector acc[VECTORS], int vectors, const element *x, const weight_row *row, const weight *w) {
  int32_t four;
  memcpy(&four, x, sizeof four);
  const __m512i input = _mm512_set1_epi32(four);
  if (vectors < VECTORS) {
    HRN_UNROLL
    for (int v = 0; v < vectors; v++) acc[v] = _mm512_dpbusd_epi32(acc[v], input, row->part[v]);
    return;
  }
  HRN_UNROLL
  for (int v = 0; v < VECTORS; v++)
    acc[v] = v < REGISTER_VECTORS ? add_products_in_order(acc[v], input, row->part[v])
                                  : add_products_in_memory(acc[v], input, w + 64 * v);
}

/// One k step of one pixel with all weights in memory, where no register is left for them.
HRN_INLINE void add_row_in_memory(vector acc[VECTORS], const element *x, const weight *w) {
  int32_t four;
  memcpy(&four, x, sizeof four);
  const __m512i input = _mm512_set1_epi32(four);
  HRN_UNROLL
  for (int v = 0; v < VECTORS; v++) acc[v] = add_products_in_memory(acc[v], input, w + 64 * v);
}
