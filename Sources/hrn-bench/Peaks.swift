import CHRNKernels
import CHRNPlatform
import Foundation
import HRNRuntime

/// What this machine can do at most with as many threads as a session has, measured here and now.
struct Peaks: Encodable {
  /// Billions of multiplications with their additions, a second, by the instructions of the tier's kernels.
  struct Rate: Encodable {
    var instruction: String
    var gmacs: Double
  }

  var float32: Rate
  /// Where bfloat16 has instructions of its own.
  var bfloat16: Rate?
  var int8: Rate
  var int8Pairs: Rate?
  var int16: Rate?
  /// GB a second, from memory and from a core's own cache.
  var memoryGbs: Double
  var cacheGbs: Double

  /// - Parameter tier: The tier whose instructions count.
  init(tier: CPUTier, threads: Int) {
    let workers = Repeater(threads: threads)
    let loops = hrn_peaks_at(hrn_tier(UInt32(tier.rawValue))).pointee
    float32 = Self.rate(loops.float32, workers) ?? Rate(instruction: "", gmacs: 0)
    bfloat16 = Self.rate(loops.bfloat16, workers)
    int8 = Self.rate(loops.int8, workers) ?? Rate(instruction: "", gmacs: 0)
    int8Pairs = Self.rate(loops.int8_pairs, workers)
    int16 = Self.rate(loops.int16, workers)
    memoryGbs = Self.bandwidth(loops.read, bytes: 256 << 20, workers)
    cacheGbs = Self.bandwidth(loops.read, bytes: 256 << 10, workers)
  }

  private static func rate(_ loop: hrn_peak, _ workers: Repeater) -> Rate? {
    guard let run = loop.run else { return nil }
    let rounds: Int64 = 400_000
    let seconds = workers.fastest { _ in run(rounds) }
    return Rate(
      instruction: String(cString: loop.instruction),
      gmacs: Double(rounds * loop.products) * Double(workers.threads) / seconds / 1e9)
  }

  /// - Parameter bytes: How much each thread reads again and again.
  private static func bandwidth(
    _ read: (@convention(c) (UnsafeRawPointer?, Int64, Int64) -> Void)?, bytes: Int, _ workers: Repeater
  ) -> Double {
    guard let read else { return 0 }
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes * workers.threads, alignment: 4096)
    defer { memory.deallocate() }
    memory.initializeMemory(as: UInt8.self, repeating: 1, count: bytes * workers.threads)
    let base = UInt(bitPattern: memory)
    let times = max(1, (256 << 20) / bytes)
    let seconds = workers.fastest { thread in
      read(UnsafeRawPointer(bitPattern: base + UInt(thread * bytes)), Int64(bytes), Int64(times))
    }
    return Double(bytes * times) * Double(workers.threads) / seconds / 1e9
  }
}

/// Runs the same work on several threads at once.
private final class Repeater {
  /// Repetitions of which the fastest counts: the others were disturbed.
  private static let repetitions = 5

  let threads: Int
  private let pool: OpaquePointer?

  init(threads: Int) {
    self.threads = threads
    pool = threads > 1 ? hrn_pool_create(Int32(threads), 1) : nil
  }

  deinit { hrn_pool_destroy(pool) }

  /// Seconds that `work`, called once for each thread at the same time, takes at least.
  func fastest(_ work: @escaping (_ thread: Int) -> Void) -> Double {
    let box = Work(work)
    var least = Double.infinity
    for _ in 0..<Self.repetitions {
      let start = now()
      if let pool {
        let run: @convention(c) (UnsafeMutableRawPointer?, Int32, Int32) -> Void = { work, thread, _ in
          Unmanaged<Work>.fromOpaque(work!).takeUnretainedValue().run(Int(thread))
        }
        hrn_pool_run(pool, run, Unmanaged.passUnretained(box).toOpaque(), Int32(threads))
      } else {
        work(0)
      }
      least = min(least, (now() - start) / 1e3)
    }
    return least
  }

  private final class Work {
    let run: (Int) -> Void
    init(_ run: @escaping (Int) -> Void) { self.run = run }
  }
}
