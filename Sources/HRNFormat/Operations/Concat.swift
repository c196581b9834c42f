/// `y = x₀ | x₁ | …` along axis 1: two or more `[N, C, H, W]` of one height and width, or `[N, F]`.
package struct Concat: Equatable, Sendable {
  package init() {}

  /// The shape of the result: the inputs', with the sum of their extents along axis 1; throws what does not fit.
  package func outputShape(inputs: [[Int]], parameters: [[Int]]) throws(ShapeError) -> [Int] {
    try expectCounts(inputs: inputs, 2...Int.max, parameters: parameters, 0...0)
    try expectImageOrVector(.input(0), inputs[0])
    var output = inputs[0]
    for (index, input) in inputs.enumerated().dropFirst() {
      guard input.count == output.count, input[0] == output[0], input.dropFirst(2) == output.dropFirst(2) else {
        let plane = output.dropFirst(2).reduce(into: "") { $0 += ", \($1)" }
        throw .shape(.input(index), found: input, expected: "[\(output[0]), *\(plane)] as input 0")
      }
      let (channels, overflow) = output[1].addingReportingOverflow(input[1])
      guard !overflow else { throw .tooLarge }
      output[1] = channels
    }
    return output
  }
}
