/// `y = activation(γ · (x − μ) / √(σ² + ε) + β)` per channel, axis 1 of `[N, C, H, W]` or `[N, F]`.
///
/// - Parameters: γ, β, μ, σ², each `[C]`; in a compiled graph `scale` and `shift`, as `y = activation(scale · x + shift)`,
///   and ε is 0.
/// - Output: the input's shape.
package struct BatchNorm: Equatable, Sendable {
  package var epsilon: Float
  package var activation: Activation?

  package init(epsilon: Float, activation: Activation? = nil) {
    self.epsilon = epsilon
    self.activation = activation
  }

  /// The shape of the result, which is the input's; throws what does not fit.
  package func outputShape(inputs: [[Int]], parameters: [[Int]]) throws(ShapeError) -> [Int] {
    try expectCounts(inputs: inputs, 1...1, parameters: parameters, 2...4)
    try expectImageOrVector(.input(0), inputs[0])
    for (index, parameter) in parameters.enumerated() {
      try expectShape(.parameter(index), parameter, [inputs[0][1]])
    }
    return inputs[0]
  }
}
