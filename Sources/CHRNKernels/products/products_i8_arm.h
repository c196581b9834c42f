// What the int8 products of every tier of AArch64 have alike.

typedef uint8_t element;
typedef int8_t weight;
typedef int32_t sum;
typedef int32x4_t vector;
/// Vectors of sums per row of weights; lanes per vector; k per step.
enum { VECTORS = 4, VECTOR_LANES = 4, K_STEP = 4 };
/// Weights from one step to the next in a panel.
enum { PANEL_STEP = VECTORS * VECTOR_LANES * K_STEP };

HRN_INLINE vector load_sums(const sum *p) { return vld1q_s32(p); }

HRN_INLINE void store_sums(sum *p, vector sums) { vst1q_s32(p, sums); }

HRN_INLINE uint32_t four_inputs(const element *x) {
  uint32_t four;
  memcpy(&four, x, sizeof four);
  return four;
}
