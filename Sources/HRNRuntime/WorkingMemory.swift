/// What kernels of this machine work in, besides the arena that the file's plan lays out. Nodes run one after another and
/// share it; reserved while they are bound, there before the first run.
///
/// It begins with transformed input: either one that all threads see, or one of each thread. What threads need besides
/// follows.
final class WorkingMemory {
  private var sharedBytes = 0
  private var inputBytes = 0
  private var scratchBytes = 0
  private var memory: Arena?
  /// Where the memory that all threads see begins.
  private(set) var shared: UnsafeMutableRawPointer!
  /// Where the first thread's scratch begins.
  private var scratch: UnsafeMutableRawPointer!

  /// Adds what one node needs.
  ///
  /// - Parameters:
  ///   - shared: bytes that all threads see, for what they transform together; 0 for a node that takes `input`.
  ///   - input: bytes of each thread for what it transforms.
  ///   - scratch: bytes of each thread for anything else.
  func reserve(shared: Int, worker input: Int, _ scratch: Int) {
    sharedBytes = max(sharedBytes, Self.rounded(shared))
    inputBytes = max(inputBytes, Self.rounded(input))
    scratchBytes = max(scratchBytes, Self.rounded(scratch))
  }

  /// - Throws: `SessionError` of reason `memory`.
  func allocate(workers: Int) throws(SessionError) {
    guard let own = checkedProduct(inputBytes, workers), let scratches = checkedProduct(scratchBytes, workers),
      scratches <= Int.max - max(sharedBytes, own)
    else { throw SessionError(.memory(bytes: .max)) }
    let transformed = max(sharedBytes, own)
    guard transformed + scratches > 0 else { return }
    let arena = try Arena(bytes: transformed + scratches)
    shared = arena.base
    scratch = arena.base + transformed
    memory = consume arena
  }

  func input(of worker: Int32) -> UnsafeMutableRawPointer { shared + Int(worker) * inputBytes }
  func scratch(of worker: Int32) -> UnsafeMutableRawPointer { scratch + Int(worker) * scratchBytes }

  /// Threads write to lines of their own.
  private static func rounded(_ bytes: Int) -> Int { (bytes + 63) / 64 * 64 }
}
