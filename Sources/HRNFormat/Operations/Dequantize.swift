/// The input's quantization to float32: `scale · (x − zeroPoint)`. Shapes stay as they are.
package struct Dequantize: Equatable, Sendable {
  package init() {}

  /// The shape of the result, which is the input's; throws what does not fit.
  package func outputShape(inputs: [[Int]], parameters: [[Int]]) throws(ShapeError) -> [Int] {
    try outputShapeOfUnary(inputs: inputs, parameters: parameters)
  }
}
