// SHA-256 (FIPS 180-4).
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  uint32_t state[8];
  uint64_t length;
  uint8_t block[64];
} hrn_sha256_state;

void hrn_sha256_start(hrn_sha256_state *state);
void hrn_sha256_add(hrn_sha256_state *state, const uint8_t *bytes, size_t length);
void hrn_sha256_finish(hrn_sha256_state *state, uint8_t digest[32]);

#ifdef __cplusplus
}
#endif
