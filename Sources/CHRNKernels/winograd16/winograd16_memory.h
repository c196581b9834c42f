// Where the Winograd of bfloat16 products keeps what is transformed, and one thread's sums.
//
//   v   [position][block of 16 channels][tile][16]       bfloat16
//   u   [position][k / 2][lane][2]                        bfloat16, of a slice of 16 or 64 lanes and a chunk of channels
//   m   [position][tile][lane]                            float, of that slice and some tiles
#pragma once
#include "../common/f23_cover.h"

enum {
  /// Channels of a block of maps and of v.
  W16_BLOCK = 16,
  /// Input channels whose weights are transformed at once, and tiles whose sums are kept at once, at most: together they
  /// take three quarters of a megabyte, as second-level caches have where this is fast.
  W16_CHUNK = 128,
  W16_TILES = 112,
};

/// Elements between positions of each: a line more than there need be, lest all of them meet in one set of a cache.
static inline int64_t w16_v_step(const hrn_conv2d_shape *s, const hrn_f23_cover *c) {
  return ((int64_t)s->in_blocks * c->tiles * W16_BLOCK | 31) + 33;
}
#define W16_U_STEP(lanes) (W16_CHUNK * (lanes) + 32)
#define W16_M_STEP(tiles, lanes) ((int64_t)(tiles) * (lanes) + 16)
