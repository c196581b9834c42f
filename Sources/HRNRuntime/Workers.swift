import CHRNPlatform

/// The threads that share a step's items; one thread alone needs none.
struct Workers: ~Copyable {
  let count: Int
  private let pool: OpaquePointer?

  /// - Throws: `SessionError` of reason `threads` when they cannot be started.
  init(count: Int) throws(SessionError) {
    let pool = count > 1 ? hrn_pool_create(Int32(clamping: count), 1) : nil
    guard count <= 1 || pool != nil else { throw SessionError(.threads(count: count)) }
    self.count = max(count, 1)
    self.pool = pool
  }

  deinit { hrn_pool_destroy(pool) }

  /// Binds the calling thread to the CPU that the workers leave, if they leave one.
  func bindCaller() { _ = hrn_pool_bind_caller(pool) }

  /// Undoes that.
  func releaseCaller() { hrn_pool_release_caller(pool) }

  /// Runs every item of a step, and returns when all have been.
  func run(_ step: Step) {
    guard let pool, step.items > 1 else { return step.runAll() }
    let runItem: @convention(c) (UnsafeMutableRawPointer?, Int32, Int32) -> Void = { step, item, worker in
      Unmanaged<Step>.fromOpaque(step!)._withUnsafeGuaranteedRef { $0.run(item: item, worker: worker) }
    }
    hrn_pool_run(pool, runItem, Unmanaged.passUnretained(step).toOpaque(), step.items)
  }
}
