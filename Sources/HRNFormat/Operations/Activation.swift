/// A function of one number, as an operation of its own or fused into another. Shapes stay as they are.
package enum Activation: Equatable, Sendable {
  /// `min(max(x, 0), high)`; no upper bound when `high` is nil.
  case relu(high: Float? = nil)
  /// `x > 0 ? x : alpha · (eˣ − 1)`.
  case elu(alpha: Float = 1)
  /// `1 / (1 + e⁻ˣ)`.
  case sigmoid

  /// The name that people read.
  package var name: String {
    switch self {
    case .relu: "relu"
    case .elu: "elu"
    case .sigmoid: "sigmoid"
    }
  }

  /// The shape of the result, which is the input's; throws what does not fit.
  package func outputShape(inputs: [[Int]], parameters: [[Int]]) throws(ShapeError) -> [Int] {
    try outputShapeOfUnary(inputs: inputs, parameters: parameters)
  }
}
