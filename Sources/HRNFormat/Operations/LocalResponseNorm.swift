/// `y[c] = x[c] / (bias + alpha / size · Σ x[i]²)^beta`, the sum over the `size` channels around `c` that there are: from
/// `c − ⌊(size − 1) / 2⌋` to `c + ⌈(size − 1) / 2⌉`, along axis 1 of `[N, C, H, W]` or `[N, F]`.
package struct LocalResponseNorm: Equatable, Sendable {
  package var size: Int
  package var alpha: Float
  package var beta: Float
  package var bias: Float

  package init(size: Int, alpha: Float, beta: Float, bias: Float) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.bias = bias
  }

  /// The channels that are summed for one channel of `count`.
  package func channels(around channel: Int, of count: Int) -> Range<Int> {
    max(0, channel - (size - 1) / 2)..<min(count, channel + size / 2 + 1)
  }

  /// The shape of the result, which is the input's; throws what does not fit.
  package func outputShape(inputs: [[Int]], parameters: [[Int]]) throws(ShapeError) -> [Int] {
    let output = try outputShapeOfUnary(inputs: inputs, parameters: parameters)
    guard size > 0 else { throw .attribute("size", found: size, expected: "1 or more") }
    return output
  }
}
