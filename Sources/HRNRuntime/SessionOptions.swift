import CHRNKernels
import CHRNPlatform

/// The kinds of CPU that there are kernels for, each including the ones before it: of x86 up to avx512bf16, of AArch64 from
/// neon on. Where a machine is of the other architecture, its kernels are scalar.
public enum CPUTier: Int32, Sendable, CaseIterable {
  case scalar = 0
  case avx2 = 1
  case avxvnni = 2
  case avx512vnni = 3
  case avx512bf16 = 4
  case neon = 5
  case dotprod = 6
  case i8mm = 7

  /// The name that `--cpu` takes.
  public var name: String {
    switch self {
    case .scalar: "scalar"
    case .avx2: "avx2"
    case .avxvnni: "avxvnni"
    case .avx512vnni: "avx512vnni"
    case .avx512bf16: "avx512bf16"
    case .neon: "neon"
    case .dotprod: "dotprod"
    case .i8mm: "i8mm"
    }
  }

  /// The fastest of what this machine has.
  public static var best: CPUTier { CPUTier(hrn_best_tier()) }

  init(_ tier: hrn_tier) { self = CPUTier(rawValue: Int32(tier.rawValue)) ?? .scalar }
  var tier: hrn_tier { hrn_tier(UInt32(rawValue)) }
}

/// What computes float32 convolutions and matrix products.
public enum Backend: Sendable {
  /// This library's kernels: the same bits on every machine and at every thread count.
  case direct
  /// OpenBLAS, over an unfolded image; equal to `direct` within rounding.
  case blas
}

/// How a session runs; the defaults suit a device that has little else to do.
public struct SessionOptions: Sendable {
  /// Threads that compute, the caller's among them; nil for what the machine and its control groups grant, at most 4.
  public var threads: Int?
  /// The best kernels to use, where the machine has them.
  public var cpu: CPUTier
  public var backend: Backend

  public init(threads: Int? = nil, cpu: CPUTier = .best, backend: Backend = .direct) {
    self.threads = threads
    self.cpu = cpu
    self.backend = backend
  }

  /// How many threads the commands can be asked for.
  package static let threadCounts = 1...256

  /// Threads that a session takes where `threads` is nil.
  public static var defaultThreads: Int { Int(hrn_default_threads()) }
}
