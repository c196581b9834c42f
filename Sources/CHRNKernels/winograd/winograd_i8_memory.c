#include "winograd_i8_memory.h"

hrn_winograd_bytes hrn_winograd_i8_bytes(const hrn_conv2d_shape *s, int32_t rows) {
  const hrn_winograd_cover cover = hrn_winograd_cover_of(s, 0, rows, HRN_TAIL_INT8);
  const int64_t elements = winograd_chunks(s) * HRN_POSITIONS * winograd_position_step(&cover);
  return (hrn_winograd_bytes){.input = elements * 2, .scratch = WINOGRAD_U_BYTES + WINOGRAD_M_BYTES};
}

void hrn_winograd_i8_tiles(const hrn_winograd_cover *c, hrn_range tiles[HRN_POSITIONS]) {
  for (int32_t p = 0; p < HRN_POSITIONS; p++) tiles[p] = hrn_winograd_tiles_at(c, p / HRN_POINTS, p % HRN_POINTS);
}
