/// Two numbers along the image axes.
package struct Extent2D: Hashable, Sendable {
  package var y: Int
  package var x: Int

  package init(y: Int, x: Int) {
    self.y = y
    self.x = x
  }
}

/// Zeros (or nothing, for pooling) around an image.
package struct Padding: Equatable, Sendable {
  package var top: Int
  package var left: Int
  package var bottom: Int
  package var right: Int

  package init(top: Int, left: Int, bottom: Int, right: Int) {
    self.top = top
    self.left = left
    self.bottom = bottom
    self.right = right
  }

  package init(_ all: Int) { self.init(top: all, left: all, bottom: all, right: all) }
}

/// A window sliding over an image: what convolutions and pools have in common.
struct SlidingWindow {
  var kernel: Extent2D
  var stride: Extent2D
  var padding: Padding
  var dilation: Extent2D

  /// How many positions the window takes: `⌊(H + top + bottom − (kh − 1)·dilation − 1) / stride⌋ + 1`, and so for x.
  ///
  /// The padding of each side must be smaller than the window's extent, so that every position has a tap inside.
  func positions(height: Int, width: Int) throws(ShapeError) -> Extent2D {
    let y = try positions(
      axis: "y", input: height, kernel: kernel.y, stride: stride.y, before: padding.top, after: padding.bottom,
      dilation: dilation.y)
    let x = try positions(
      axis: "x", input: width, kernel: kernel.x, stride: stride.x, before: padding.left, after: padding.right,
      dilation: dilation.x)
    return Extent2D(y: y, x: x)
  }

  private func positions(
    axis: String, input: Int, kernel: Int, stride: Int, before: Int, after: Int, dilation: Int
  ) throws(ShapeError) -> Int {
    guard kernel > 0 else { throw .attribute("kernel \(axis)", found: kernel, expected: "1 or more") }
    guard stride > 0 else { throw .attribute("stride \(axis)", found: stride, expected: "1 or more") }
    guard dilation > 0 else { throw .attribute("dilation \(axis)", found: dilation, expected: "1 or more") }
    let (reach, reachOverflow) = (kernel - 1).multipliedReportingOverflow(by: dilation)
    let (extent, extentOverflow) = reach.addingReportingOverflow(1)
    guard !reachOverflow, !extentOverflow else { throw .tooLarge }
    for pad in [before, after] where pad < 0 || pad >= extent {
      throw .attribute(
        "padding along \(axis)", found: pad, expected: "0 or more and less than the window, \(extent)")
    }
    let (once, onceOverflow) = input.addingReportingOverflow(before)
    let (available, overflow) = once.addingReportingOverflow(after)
    guard !onceOverflow, !overflow else { throw .tooLarge }
    guard extent <= available else { throw .window(axis: axis, extent: extent, available: available) }
    return (available - extent) / stride + 1
  }
}
