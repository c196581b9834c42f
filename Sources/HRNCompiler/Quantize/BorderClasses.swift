import HRNFormat

/// The output positions of a convolution, grouped by which of its taps lie inside the input: positions of a class
/// share one bias.
///
/// Rows and columns are classed apart. A row's class is the index, in order of first appearance, of the pair (first
/// tap row inside the input, one past the last).
package struct BorderClasses: Equatable, Sendable {
  /// Tap rows inside the input, by row class.
  package private(set) var rows: [Range<Int>] = []
  /// Tap columns inside the input, by column class.
  package private(set) var columns: [Range<Int>] = []
  /// By output row.
  package private(set) var rowClass: [Int] = []
  /// By output column.
  package private(set) var columnClass: [Int] = []

  package init(_ window: PatchSums.Window) {
    (rows, rowClass) = Self.classes(
      input: window.input.y, kernel: window.kernel.y, stride: window.stride.y, before: window.padding.top,
      output: window.output.y)
    (columns, columnClass) = Self.classes(
      input: window.input.x, kernel: window.kernel.x, stride: window.stride.x, before: window.padding.left,
      output: window.output.x)
  }

  /// Row classes times column classes.
  package var count: Int { rows.count * columns.count }

  private static func classes(
    input: Int, kernel: Int, stride: Int, before: Int, output: Int
  ) -> (taps: [Range<Int>], classOf: [Int]) {
    var taps: [Range<Int>] = []
    let classOf = (0..<output).map { position in
      let first = max(0, before - position * stride)
      let end = min(kernel, input + before - position * stride)
      let valid = min(first, kernel)..<max(end, min(first, kernel))
      if let known = taps.firstIndex(of: valid) { return known }
      taps.append(valid)
      return taps.count - 1
    }
    return (taps, classOf)
  }
}
