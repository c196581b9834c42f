/// What kernels of this machine work in, besides the arena that the file's plan lays out. Nodes run one after another and
/// share it; reserved while they are bound, there before the first run.
final class WorkingMemory {
  private var sharedBytes = 0
  private var inputBytes = 0
  private var scratchBytes = 0
  private var memory: Arena?
  /// Where the memory that all threads see begins; that of the threads follows.
  private(set) var shared: UnsafeMutableRawPointer!

  /// Adds what one node needs.
  ///
  /// - Parameters:
  ///   - shared: bytes that all threads see.
  ///   - input: bytes of each thread for what it transforms.
  ///   - scratch: bytes of each thread for anything else.
  func reserve(shared: Int, worker input: Int, _ scratch: Int) {
    sharedBytes = max(sharedBytes, Self.rounded(shared))
    inputBytes = max(inputBytes, Self.rounded(input))
    scratchBytes = max(scratchBytes, Self.rounded(scratch))
  }

  /// - Throws: `SessionError` of reason `memory`.
  func allocate(workers: Int) throws(SessionError) {
    guard let own = checkedProduct(inputBytes + scratchBytes, workers), own <= Int.max - sharedBytes else {
      throw SessionError(.memory(bytes: .max))
    }
    guard sharedBytes + own > 0 else { return }
    let arena = try Arena(bytes: sharedBytes + own)
    shared = arena.base
    memory = consume arena
  }

  func input(of worker: Int32) -> UnsafeMutableRawPointer {
    shared + sharedBytes + Int(worker) * (inputBytes + scratchBytes)
  }
  func scratch(of worker: Int32) -> UnsafeMutableRawPointer { input(of: worker) + inputBytes }

  /// Threads write to lines of their own.
  private static func rounded(_ bytes: Int) -> Int { (bytes + 63) / 64 * 64 }
}
