// What the int8 Winograd keeps in the memory that its caller lends.
//
//   v        int16  [chunk][position][tile][WINOGRAD_CHUNK]        the input's values at the points, B d B'
//   scratch  int16  [position][channel pair][lane][2]              the weights' values, U = G g G', of one pass
//            int32  [position][tile][lane]                         their products, M
//
// Where registers are many and wide, what is kept of the weights is G g, two rows of it at a time (winograd_i8_rows.h).
//
// A chunk is WINOGRAD_CHUNK input channels. A pass takes some chunks of some output lanes, as many as WINOGRAD_U allows,
// through some tiles, as many as WINOGRAD_M allows; M collects the passes. Positions are a cache line further apart than
// they need be: at a power of two they would all meet in one set of a cache.
//
// Where tiles are few, x86 has neither chunks nor passes (winograd_i8_few.h):
//
//   v        int16  [step][position][tile][WINOGRAD_STEP]          a step is WINOGRAD_STEP input channels
#pragma once
#include "winograd_geometry.h"

enum {
  WINOGRAD_CHUNK = 64,
  WINOGRAD_STEP = 8,
  WINOGRAD_FEW = 4,        // tiles
  WINOGRAD_U = 64 * 64,    // lanes times channels
  WINOGRAD_M = 64 * 56,    // lanes times tiles
  WINOGRAD_U_BYTES = HRN_POSITIONS * (WINOGRAD_U * 2 + 64),
  WINOGRAD_M_BYTES = HRN_POSITIONS * (WINOGRAD_M * 4 + 64),
};

static inline int32_t winograd_chunks(const hrn_conv2d_shape *s) {
  return (s->map_blocks * s->in_block + WINOGRAD_CHUNK - 1) / WINOGRAD_CHUNK;
}

/// Elements of v between positions.
static inline int64_t winograd_position_step(const hrn_winograd_cover *c) {
  return (int64_t)c->tiles * WINOGRAD_CHUNK + 32;
}

/// Whether tiles are few: 2 by 2.
static inline int winograd_has_few(const hrn_winograd_cover *c) {
  return hrn_winograd_length(c->y) == 2 && hrn_winograd_length(c->x) == 2;
}

/// The tiles that have each position.
void hrn_winograd_i8_tiles(const hrn_winograd_cover *c, hrn_range tiles[HRN_POSITIONS]);
