/// `y = activation(x₀ + x₁ + …)`, two or more tensors of one shape: the residual sums of the trunk, and the
/// hierarchical residual sums of HRN.
package struct Add: Equatable, Sendable {
  package var activation: Activation?

  package init(activation: Activation? = nil) { self.activation = activation }

  /// The shape of the result, which is that of each input; throws what does not fit.
  package func outputShape(inputs: [[Int]], parameters: [[Int]]) throws(ShapeError) -> [Int] {
    try expectCounts(inputs: inputs, 2...Int.max, parameters: parameters, 0...0)
    try expectImageOrVector(.input(0), inputs[0])
    for (index, input) in inputs.enumerated().dropFirst() {
      try expectShape(.input(index), input, inputs[0])
    }
    return inputs[0]
  }
}
