import CHRNKernels

/// A node, bound: what to call is decided, where everything lies is known.
///
/// The work is cut into `items` that may run in any order and on any thread; each writes memory of its own.
class Step {
  /// The items of a run on several threads.
  final let items: Int32

  init(items: Int32) { self.items = items }

  /// Computes one of the items, on a thread that is one of the pool's: memory of that number is its own.
  func run(item: Int32, worker: Int32) { run(item: item) }

  /// Computes one of the items, where all memory is those of the items.
  func run(item: Int32) { preconditionFailure("a step must say what an item is") }

  /// Computes all of them, in the order that suits one thread.
  func runAll() {
    for item in 0..<items { run(item: item, worker: 0) }
  }
}

/// A range of integers in the type that kernels take.
struct Extent {
  var first: Int32
  var end: Int32

  /// The part of `[0, count)` that one of several pieces, each of `size`, covers.
  init(piece: Int32, of size: Int32, count: Int32) {
    first = piece * size
    end = min(first + size, count)
  }

  /// One of `pieces` near-equal parts of `[0, count)`, cut at multiples of `unit`.
  init(piece: Int32, ofEqual pieces: Int32, unit: Int32, count: Int32) {
    let units = (Int64(count) + Int64(unit) - 1) / Int64(unit)
    func cut(_ piece: Int32) -> Int32 {
      Int32(min(units * Int64(piece) / Int64(pieces) * Int64(unit), Int64(count)))
    }
    first = cut(piece)
    end = cut(piece + 1)
  }

  init(all count: Int32) {
    first = 0
    end = count
  }
}

/// How many pieces of `size` cover `count`.
func pieces(_ count: Int32, of size: Int32) -> Int32 { (count + size - 1) / size }

/// Where the kernels' groups of output channels begin and end.
enum Lanes {
  static let perGroup = Int32(HRN_GROUP_LANES)

  /// `channels` rounded up to whole vectors of 16.
  static func rounded(_ channels: Int) -> Int { (channels + 15) / 16 * 16 }
  static func groups(_ channels: Int32) -> Int32 { pieces(channels, of: perGroup) }
}

/// A kernel's argument structure, at an address that outlives every call.
///
/// A property passed by `&` would be an exclusive access, and the threads share it.
final class Arguments<Value> {
  let pointer: UnsafeMutablePointer<Value>
  private let kept: AnyObject?

  /// - Parameter kept: what owns memory that the structure points into.
  init(_ value: Value, keeping kept: AnyObject? = nil) {
    self.kept = kept
    pointer = .allocate(capacity: 1)
    pointer.initialize(to: value)
  }

  deinit { pointer.deallocate() }
}
