import CHRNPlatform

/// The working memory of a session: zeros at first, one piece, 64-byte aligned.
struct Arena: ~Copyable {
  let base: UnsafeMutableRawPointer
  private let byteCount: Int

  /// Bytes past the planned ones, for kernels that read whole vectors.
  private static let slack = 64

  /// - Throws: `SessionError` of reason `memory`.
  init(bytes: Int) throws(SessionError) {
    let (byteCount, overflow) = bytes.addingReportingOverflow(Self.slack)
    guard bytes >= 0, !overflow, let base = hrn_memory_map(Int64(byteCount)) else {
      throw SessionError(.memory(bytes: bytes))
    }
    self.base = base
    self.byteCount = byteCount
  }

  deinit { hrn_memory_unmap(base, Int64(byteCount)) }
}
