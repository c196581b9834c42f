/// Where the activations of a network lie in one memory, so that those that live at the same time never overlap.
///
/// Offsets are multiples of 64 bytes. Finding the smallest arena is hard in general; this takes the best of a few
/// greedy orders, each of which puts a buffer into the lowest gap that holds it. The result depends on nothing but the
/// buffers and their order.
package struct ArenaPlan: Equatable, Sendable {
  /// A stretch of memory that is needed from one step of the execution to another, both included.
  package struct Buffer: Equatable, Sendable {
    /// Bytes.
    package var length: Int
    package var first: Int
    package var last: Int

    package init(length: Int, first: Int, last: Int) {
      precondition(length >= 0 && first <= last, "a buffer has a length and a lifetime")
      self.length = length.roundedUp(to: ArenaPlan.alignment)
      self.first = first
      self.last = last
    }

    func lives(with other: Buffer) -> Bool { first <= other.last && other.first <= last }
  }

  /// Offsets and lengths are multiples of this many bytes: a cache line, and the widest vector.
  package static let alignment = 64

  /// The buffers, with lengths rounded up.
  package let buffers: [Buffer]
  /// The offset of each buffer.
  package let offsets: [Int]
  /// The size of the arena.
  package let byteCount: Int

  package init(_ buffers: [Buffer]) {
    let plans = Self.orders(of: buffers).map { ArenaPlan(buffers: buffers, offsets: Self.place(buffers, in: $0)) }
    self = plans.min { $0.byteCount < $1.byteCount }!
  }

  init(buffers: [Buffer], offsets: [Int]) {
    self.buffers = buffers
    self.offsets = offsets
    byteCount = zip(offsets, buffers).map { $0 + $1.length }.max() ?? 0
  }

  /// No arena can be smaller: the most bytes that live at one step.
  package var lowerBound: Int {
    buffers.map { step in buffers.reduce(0) { $0 + ($1.first <= step.first && step.first <= $1.last ? $1.length : 0) } }
      .max() ?? 0
  }

  /// The first pair of buffers that live at the same time and overlap; nil in every plan that this type makes.
  package var overlap: (Int, Int)? {
    for one in buffers.indices {
      for other in buffers.indices.dropFirst(one + 1) where buffers[one].lives(with: buffers[other]) {
        let (a, b) = (offsets[one], offsets[other])
        if a < b + buffers[other].length && b < a + buffers[one].length { return (one, other) }
      }
    }
    return nil
  }

  /// The orders tried: by size, by size times lifetime, by the load of the busiest step lived through, by time.
  private static func orders(of buffers: [Buffer]) -> [[Int]] {
    let steps = (buffers.map(\.last).max() ?? 0) + 1
    let start = min(0, buffers.map(\.first).min() ?? 0)
    var load = [Int](repeating: 0, count: steps - start)
    for buffer in buffers { for step in buffer.first...buffer.last { load[step - start] += buffer.length } }
    func sorted(by key: (Int) -> (Int, Int)) -> [Int] {
      buffers.indices.map { (key($0), $0) }
        .sorted { ($0.0.0, $0.0.1, -$0.1) > ($1.0.0, $1.0.1, -$1.1) }
        .map(\.1)
    }
    return [
      sorted { (buffers[$0].length, buffers[$0].last - buffers[$0].first) },
      sorted { (buffers[$0].length * (buffers[$0].last - buffers[$0].first + 1), buffers[$0].length) },
      sorted { index in
        ((buffers[index].first...buffers[index].last).map { load[$0 - start] }.max() ?? 0, buffers[index].length)
      },
      sorted { (-buffers[$0].first, buffers[$0].length) },
    ]
  }

  /// Puts the buffers, in the order given, each into the lowest gap between those that live with it.
  private static func place(_ buffers: [Buffer], in order: [Int]) -> [Int] {
    var offsets = [Int](repeating: 0, count: buffers.count)
    var placed: [Int] = []
    for index in order {
      let taken = placed.filter { buffers[$0].lives(with: buffers[index]) }.sorted { offsets[$0] < offsets[$1] }
      var offset = 0
      for other in taken {
        if offsets[other] >= offset + buffers[index].length { break }
        offset = max(offset, offsets[other] + buffers[other].length)
      }
      offsets[index] = offset
      placed.append(index)
    }
    return offsets
  }
}
