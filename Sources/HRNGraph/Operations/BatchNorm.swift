import HRNFormat

extension BatchNorm: OpDefinition {
  package static let summary = """
    Normalizes each channel (axis 1) by the statistics of training: y = activation(gamma (x - mean) / sqrt(variance + \
    epsilon) + beta). Parameters: gamma, beta, mean, variance, one number per channel; in a compiled graph scale and \
    shift, as y = activation(scale x + shift).
    """

  package static let examples = [
    OpExample(
      "two channels, each with its own scale and shift", .batchNorm(BatchNorm(epsilon: 1)),
      Operands(
        [Value([1, 2, 1, 2], [1, 2, 3, 4])],
        parameters: [Value([2], [2, 1]), Value([2], [0, 10]), Value([2], [1, 3]), Value([2], [3, 0])]),
      gives: Value([1, 2, 1, 2], [0, 1, 10, 11])),
    OpExample(
      "a vector", .batchNorm(BatchNorm(epsilon: 0)),
      Operands(
        [Value([1, 2], [5, 5])],
        parameters: [Value([2], [1, -1]), Value([2], [0, 0]), Value([2], [3, 3]), Value([2], [4, 4])]),
      gives: Value([1, 2], [1, -1])),
    OpExample(
      "scale and shift, as in a compiled graph, with a ReLU", .batchNorm(BatchNorm(epsilon: 0, activation: .relu())),
      Operands([Value([1, 2], [3, 3])], parameters: [Value([2], [2, -1]), Value([2], [0.5, 1])]),
      gives: Value([1, 2], [6.5, 0])),
  ]

  package func evaluate(_ operands: Operands) -> Value {
    let transform = affine(operands.parameters.map(\.elements))
    var y = operands.inputs[0]
    let (plane, channels) = (y.plane, y.shape[1])
    for index in y.elements.indices {
      let channel = index / plane % channels
      let transformed = Double(y.elements[index]) * transform.scale[channel] + transform.shift[channel]
      y.elements[index] = activation(Float(transformed))
    }
    return y
  }

  /// The same as `scale · x + shift` per channel, from γ, β, μ, σ²: `scale = γ / √(σ² + ε)`, `shift = β − scale · μ`; or
  /// from scale and shift themselves.
  package func affine(_ parameters: [[Float]]) -> (scale: [Double], shift: [Double]) {
    guard parameters.count == 4 else { return (parameters[0].map { Double($0) }, parameters[1].map { Double($0) }) }
    let (gamma, beta, mean, variance) = (parameters[0], parameters[1], parameters[2], parameters[3])
    let scale = gamma.indices.map { Double(gamma[$0]) / (Double(variance[$0]) + Double(epsilon)).squareRoot() }
    let shift = gamma.indices.map { Double(beta[$0]) - scale[$0] * Double(mean[$0]) }
    return (scale, shift)
  }
}
