import HRNFormat

/// Sums over all output positions of what each tap of a convolution reads; with them the mean of its result is known
/// without computing one result:
///
///     Σ(oy, ox) conv(x, W)[o] = Σ(c, ky, kx) W[o, c, ky, kx] · sums[c, ky, kx]
///
/// where c runs over the input channels that o reads. Taps outside the input read nothing.
package struct PatchSums {
  /// The geometry of a convolution over one image.
  package struct Window: Equatable, Sendable {
    package var channels: Int
    package var input: Extent2D
    package var kernel: Extent2D
    package var stride: Extent2D
    package var padding: Padding
    package var dilation: Extent2D
    /// Parts that the channels are cut into; an output channel reads those of its part.
    package var groups: Int
    package var output: Extent2D

    package init(
      channels: Int, input: Extent2D, kernel: Extent2D, stride: Extent2D, padding: Padding,
      dilation: Extent2D = Extent2D(y: 1, x: 1), groups: Int = 1, output: Extent2D
    ) {
      self.channels = channels
      self.input = input
      self.kernel = kernel
      self.stride = stride
      self.padding = padding
      self.dilation = dilation
      self.groups = groups
      self.output = output
    }

    /// One position, one tap: what a linear reads.
    package init(features: Int) {
      let one = Extent2D(y: 1, x: 1)
      self.init(channels: features, input: one, kernel: one, stride: one, padding: Padding(0), output: one)
    }

    /// Output positions.
    package var positions: Int { output.y * output.x }
    /// Taps of all input channels.
    package var allTaps: Int { channels * kernel.y * kernel.x }
    /// Taps of one output channel.
    package var taps: Int { allTaps / groups }

    /// Of `outputs` output channels, the first input channel that output channel `o` reads.
    func firstChannel(of o: Int, outputs: Int) -> Int { o / (outputs / groups) * (channels / groups) }

    /// The output rows whose tap row `ky` lies inside the input.
    func rows(of ky: Int) -> Range<Int> { Self.valid(ky * dilation.y - padding.top, stride.y, input.y, output.y) }
    /// The output columns whose tap column `kx` lies inside the input.
    func columns(of kx: Int) -> Range<Int> { Self.valid(kx * dilation.x - padding.left, stride.x, input.x, output.x) }

    /// Positions `o` with `0 ≤ o · stride + shift < count`.
    private static func valid(_ shift: Int, _ stride: Int, _ count: Int, _ positions: Int) -> Range<Int> {
      let first = shift >= 0 ? 0 : (stride - 1 - shift) / stride
      let last = count - 1 - shift
      let end = last < 0 ? 0 : min(last / stride + 1, positions)
      return min(first, end)..<end
    }
  }

  package let window: Window
  /// `[channel][ky][kx]`.
  package private(set) var sums: [Double]

  package init(_ window: Window) {
    self.window = window
    sums = [Double](repeating: 0, count: window.allTaps)
  }

  /// Adds an image. `value(c, y, x)` reads element (c, y, x); sums are taken in one fixed order.
  @inline(__always)
  package mutating func add(_ value: (Int, Int, Int) -> Double) {
    let window = window
    var rowSums = [Double](repeating: 0, count: window.input.y * window.kernel.x)
    for c in 0..<window.channels {
      for y in 0..<window.input.y {
        for kx in 0..<window.kernel.x {
          var sum = 0.0
          let shift = kx * window.dilation.x - window.padding.left
          for ox in window.columns(of: kx) { sum += value(c, y, ox * window.stride.x + shift) }
          rowSums[y * window.kernel.x + kx] = sum
        }
      }
      for ky in 0..<window.kernel.y {
        for kx in 0..<window.kernel.x {
          var sum = 0.0
          let shift = ky * window.dilation.y - window.padding.top
          for oy in window.rows(of: ky) { sum += rowSums[(oy * window.stride.y + shift) * window.kernel.x + kx] }
          sums[(c * window.kernel.y + ky) * window.kernel.x + kx] += sum
        }
      }
    }
  }
}
