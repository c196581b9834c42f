// Sums of products of bfloat16 by VDPBF16PS, two k at a time. Included between a tier's begin and end; defines what
// conv2d_tile.h builds upon.

typedef uint16_t element;
typedef uint16_t weight;
typedef __m512 vector;
/// Vectors of sums per row of weights, at most; lanes per vector; k per step.
enum { VECTORS = 4, VECTOR_LANES = 16, K_STEP = 2, REGISTER_VECTORS = 3 };

/// A pair of k of 64 lanes.
typedef struct {
  __m512i part[REGISTER_VECTORS];
} weight_row;

HRN_INLINE weight_row load_row(const weight *w, int vectors) {
  weight_row row;
  HRN_UNROLL
  for (int v = 0; v < vectors && v < REGISTER_VECTORS; v++) row.part[v] = load_pairs(w + 32 * v);
  return row;
}

/// acc + x[1] * w[1] + x[0] * w[0].
HRN_INLINE __m512 add_pairs(__m512 acc, __m512i x, __m512i w) {
#if defined(HRN_EMULATED)
  return hrn_dot_pairs(acc, x, w);
#else
  __asm__("vdpbf16ps %2, %1, %0" : "+v"(acc) : "v"(x), "v"(w));
  return acc;
#endif
}

/// The same with w in memory: a compiler would load it once for all pixels, and it has no register left.
HRN_INLINE __m512 add_pairs_in_memory(__m512 acc, __m512i x, const weight *w) {
#if defined(HRN_EMULATED)
  return hrn_dot_pairs(acc, x, load_pairs(w));
#else
  struct lanes {
    weight w[32];
  };
  __asm__("vdpbf16ps %2, %1, %0" : "+v"(acc) : "v"(x), "m"(*(const struct lanes *)w));
  return acc;
#endif
}

HRN_INLINE void add_row(vector acc[VECTORS], int vectors, const element *x, const weight_row *row, const weight *w) {
  int32_t pair;
  memcpy(&pair, x, sizeof pair);
  const __m512i input = _mm512_set1_epi32(pair);
  HRN_UNROLL
  for (int v = 0; v < vectors; v++)
    acc[v] = v < REGISTER_VECTORS ? add_pairs(acc[v], input, row->part[v])
                                  : add_pairs_in_memory(acc[v], input, w + 32 * v);
}

/// One k step of one pixel with all weights in memory, where no register is left for them.
HRN_INLINE void add_row_in_memory(vector acc[VECTORS], const element *x, const weight *w) {
  int32_t pair;
  memcpy(&pair, x, sizeof pair);
  const __m512i input = _mm512_set1_epi32(pair);
  HRN_UNROLL
  for (int v = 0; v < VECTORS; v++) acc[v] = add_pairs_in_memory(acc[v], input, w + 32 * v);
}
