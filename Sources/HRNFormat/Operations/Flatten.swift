/// `[N, C, H, W]` to `[N, C·H·W]`.
package struct Flatten: Equatable, Sendable {
  package init() {}

  /// The shape of the result; throws what does not fit.
  package func outputShape(inputs: [[Int]], parameters: [[Int]]) throws(ShapeError) -> [Int] {
    try expectCounts(inputs: inputs, 1...1, parameters: parameters, 0...0)
    let input = inputs[0]
    guard input.count == 4 else { throw .shape(.input(0), found: input, expected: "[N, C, H, W]") }
    let (plane, planeOverflow) = input[2].multipliedReportingOverflow(by: input[3])
    let (features, overflow) = input[1].multipliedReportingOverflow(by: plane)
    guard !planeOverflow, !overflow else { throw .tooLarge }
    return [input[0], features]
  }
}
