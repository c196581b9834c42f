import CHRNKernels

/// The kernels of one tier, printable in a failure.
struct Tier: CustomStringConvertible, Sendable {
  nonisolated(unsafe) let kernels: UnsafePointer<hrn_kernels>

  var description: String { String(cString: kernels.pointee.name) }

  static let scalar = Tier(kernels: hrn_kernels_at(HRN_TIER_SCALAR))

  /// Every tier that this machine runs, the scalar one first.
  static let all: [Tier] = ceilings.compactMap { tier in
    let kernels = hrn_kernels_at(tier)!
    return kernels.pointee.tier == tier ? Tier(kernels: kernels) : nil
  }

  /// Every tier that there is.
  static let ceilings = [
    HRN_TIER_SCALAR, HRN_TIER_AVX2, HRN_TIER_AVXVNNI, HRN_TIER_AVX512VNNI, HRN_TIER_AVX512BF16, HRN_TIER_NEON,
    HRN_TIER_DOTPROD, HRN_TIER_I8MM,
  ]
}
