/// float32 to the output's quantization: `round(x / scale + zeroPoint)`, clamped; in bfloat16 graphs
/// float32 to bfloat16. Shapes stay as they are.
package struct Quantize: Equatable, Sendable {
  package init() {}

  /// The shape of the result, which is the input's; throws what does not fit.
  package func outputShape(inputs: [[Int]], parameters: [[Int]]) throws(ShapeError) -> [Int] {
    try outputShapeOfUnary(inputs: inputs, parameters: parameters)
  }
}
