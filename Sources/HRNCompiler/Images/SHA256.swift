import CHRNPlatform

/// The SHA-256 digest of `bytes`.
func sha256(_ bytes: [UInt8]) -> [UInt8] {
  var digest = [UInt8](repeating: 0, count: 32)
  var state = hrn_sha256_state()
  hrn_sha256_start(&state)
  hrn_sha256_add(&state, bytes, bytes.count)
  hrn_sha256_finish(&state, &digest)
  return digest
}
