/// The output positions of a window along one axis, told apart by which of its taps lie inside the input.
///
/// The taps inside are neighbours. A position's class is the index, in order of first appearance, of the pair (first tap
/// inside, one past the last); positions without any tap inside are one class.
package struct BorderAxis: Equatable, Sendable {
  /// Neighbouring positions of one class.
  private struct Run: Equatable {
    var positions: Range<Int>
    var classIndex: Int
  }

  /// The taps inside, by class.
  package private(set) var taps: [Range<Int>] = []
  private var runs: [Run] = []

  /// Follows the positions `0 ..< outputs`; gives up where there are more than `limit` classes.
  ///
  /// Takes time proportional to the number of taps, not to that of positions.
  package init(
    outputs: Int, input: Int, kernel: Int, stride: Int, padding: Int, dilation: Int, limit: Int = .max
  ) {
    var position = 0
    while position < outputs && taps.count <= limit {
      let start = position * stride - padding
      let first = start >= 0 ? 0 : min((dilation - 1 - start) / dilation, kernel)
      let end = start < input ? min((input - 1 - start) / dilation + 1, kernel) : 0
      let inside = first < end ? first..<end : 0..<0
      // Where the window begins once another tap enters at the front, or the last one leaves.
      var change = Int.max
      if first > 0 { change = -(first - 1) * dilation }
      if end > 0 { change = min(change, input - (end - 1) * dilation) }
      let next = change == .max ? outputs : min((change + padding + stride - 1) / stride, outputs)
      let known = taps.firstIndex(of: inside)
      if known == nil { taps.append(inside) }
      runs.append(Run(positions: position..<next, classIndex: known ?? taps.count - 1))
      position = next
    }
  }

  /// How many classes there are; more than the limit where it was reached.
  package var count: Int { taps.count }

  /// The class of each position.
  package var classOf: [Int] { runs.flatMap { [Int](repeating: $0.classIndex, count: $0.positions.count) } }
}
