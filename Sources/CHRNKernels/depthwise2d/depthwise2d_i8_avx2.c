// The int8 depthwise convolution by VPMADDWD on two taps at a time, bytes widened to 16 bits so that nothing can
// saturate: tiles of up to 4 positions x 16 channels, 8 accumulators.
#include "../tiers.h"

#if HRN_HAS_X86_TIERS
#include "../common/conv2d_walk.h"
#include "../common/intrinsics.h"

#include "../common/avx2_begin.h"

#define PIXELS 4
#define HRN_NAME hrn_depthwise2d_i8_avx2
typedef hrn_conv2d_i8 arguments;
typedef uint8_t element;
typedef int8_t weight;
typedef __m256i vector;
enum { VECTORS = 2 };

#include "../conv2d_i8/conv2d_i8_finish256.h"
#include "depthwise2d_taps.h"

/// Where the next tap lies, in row-major order.
typedef struct {
  const uint8_t *x;
  const int8_t *w;
  int32_t column;
} cursor;

HRN_INLINE cursor next_tap(cursor at, const taps *t) {
  at.x += t->column_step;
  at.w += t->weight_step;
  if (++at.column < t->columns) return at;
  at.x += t->row_step - t->columns * t->column_step;
  at.w += t->weight_row - t->columns * t->weight_step;
  at.column = 0;
  return at;
}

HRN_INLINE __m128i load_bytes(const void *p) { return _mm_loadu_si128((const __m128i *)p); }

/// Taps two by two: in each 32-bit lane of `low` (channels 0 to 7) and `high` (8 to 15) the 16-bit weights of both, which
/// meet their inputs. A last tap without a second is paired with itself, of weight 0.
HRN_INLINE void add_taps(vector acc[PIXELS][VECTORS], int pixels, const taps *t) {
  cursor first = {t->x, t->w, 0};
  for (int32_t left = t->rows * t->columns; left > 0; left -= 2) {
    const cursor second = left > 1 ? next_tap(first, t) : first;
    const __m128i w0 = load_bytes(first.w), w1 = left > 1 ? load_bytes(second.w) : _mm_setzero_si128();
    const __m256i low = _mm256_cvtepi8_epi16(_mm_unpacklo_epi8(w0, w1));
    const __m256i high = _mm256_cvtepi8_epi16(_mm_unpackhi_epi8(w0, w1));
    HRN_UNROLL
    for (int m = 0; m < pixels; m++) {
      const __m128i x0 = load_bytes(first.x + m * t->pixel_step), x1 = load_bytes(second.x + m * t->pixel_step);
      const __m256i x_low = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(x0, x1));
      const __m256i x_high = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(x0, x1));
      acc[m][0] = _mm256_add_epi32(acc[m][0], _mm256_madd_epi16(x_low, low));
      acc[m][1] = _mm256_add_epi32(acc[m][1], _mm256_madd_epi16(x_high, high));
    }
    if (left > 2) first = next_tap(second, t);
  }
}

#include "depthwise2d_body.h"

#include "../common/tier_end.h"
#endif
