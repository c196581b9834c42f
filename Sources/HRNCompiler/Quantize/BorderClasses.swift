import HRNFormat

/// The output positions of a convolution, grouped by which of its taps lie inside the input: positions of a class
/// share one bias. Rows and columns are classed apart, as `BorderAxis` does it.
package struct BorderClasses: Equatable, Sendable {
  /// Tap rows inside the input, by row class.
  package let rows: [Range<Int>]
  /// Tap columns inside the input, by column class.
  package let columns: [Range<Int>]
  /// By output row.
  package let rowClass: [Int]
  /// By output column.
  package let columnClass: [Int]

  package init(_ window: PatchSums.Window) {
    let y = BorderAxis(
      outputs: window.output.y, input: window.input.y, kernel: window.kernel.y, stride: window.stride.y,
      padding: window.padding.top, dilation: window.dilation.y)
    let x = BorderAxis(
      outputs: window.output.x, input: window.input.x, kernel: window.kernel.x, stride: window.stride.x,
      padding: window.padding.left, dilation: window.dilation.x)
    (rows, columns) = (y.taps, x.taps)
    (rowClass, columnClass) = (y.classOf, x.classOf)
  }

  /// Row classes times column classes.
  package var count: Int { rows.count * columns.count }
}
