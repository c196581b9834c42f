/// `yᵢ = e^(xᵢ − max x) / Σⱼ e^(xⱼ − max x)` over axis 1 of `[N, F]`.
package struct Softmax: Equatable, Sendable {
  package init() {}

  /// The shape of the result, which is the input's; throws what does not fit.
  package func outputShape(inputs: [[Int]], parameters: [[Int]]) throws(ShapeError) -> [Int] {
    try expectCounts(inputs: inputs, 1...1, parameters: parameters, 0...0)
    guard inputs[0].count == 2 else { throw .shape(.input(0), found: inputs[0], expected: "[N, F]") }
    return inputs[0]
  }
}
