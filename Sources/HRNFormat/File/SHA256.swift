import CHRNPlatform

/// The SHA-256 digest of bytes (FIPS 180-4).
package enum SHA256 {
  /// Bytes of a digest.
  package static let byteCount = 32

  package static func digest(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    var state = hrn_sha256_state()
    hrn_sha256_start(&state)
    hrn_sha256_add(&state, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      hrn_sha256_finish(&state, buffer.baseAddress)
      count = byteCount
    }
  }

  package static func digest(_ bytes: [UInt8]) -> [UInt8] {
    bytes.withUnsafeBytes { digest($0) }
  }
}
