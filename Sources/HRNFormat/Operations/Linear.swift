/// `y = activation(x·Wᵀ + b + addend)`.
///
/// - Inputs: `x [N, I]`, and optionally an addend `[N, O]`.
/// - Parameters: `W [O, I]` and optionally `b [O]`; an int8 node has `W` (int8), `b` (int32) and the multiplier `[O]`.
/// - Output: `[N, O]`.
package struct Linear: Equatable, Sendable {
  package var activation: Activation?

  package init(activation: Activation? = nil) { self.activation = activation }

  /// The shape of the result, `[N, O]`; throws what does not fit.
  package func outputShape(inputs: [[Int]], parameters: [[Int]]) throws(ShapeError) -> [Int] {
    try expectCounts(inputs: inputs, 1...2, parameters: parameters, 1...3)
    let (input, weights) = (inputs[0], parameters[0])
    guard input.count == 2 else { throw .shape(.input(0), found: input, expected: "[N, I]") }
    guard weights.count == 2 else { throw .shape(.parameter(0), found: weights, expected: "[O, I]") }
    guard weights[1] == input[1] else {
      throw .shape(.parameter(0), found: weights, expected: "[\(weights[0]), \(input[1])] for its input")
    }
    for index in parameters.indices.dropFirst() {
      try expectShape(.parameter(index), parameters[index], [weights[0]])
    }
    let output = [input[0], weights[0]]
    if inputs.count > 1 { try expectShape(.input(1), inputs[1], output) }
    return output
  }
}
