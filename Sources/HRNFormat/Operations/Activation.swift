/// A function of one number, as an operation of its own or fused into another. Shapes stay as they are.
package enum Activation: Equatable, Sendable {
  /// `min(max(x, 0), high)`; no upper bound when `high` is nil.
  case relu(high: Float? = nil)
  /// `x > 0 ? x : alpha · (eˣ − 1)`.
  case elu(alpha: Float = 1)
  /// `1 / (1 + e⁻ˣ)`.
  case sigmoid
  /// `min(max(x, low), high)`.
  case clip(low: Float, high: Float)
  /// `(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)`.
  case tanh
  /// `min(max(alpha · x + beta, 0), 1)`.
  case hardSigmoid(alpha: Float, beta: Float)
  /// `x · min(max(x / 6 + 1/2, 0), 1)`.
  case hardSwish
  /// `x > 0 ? x : alpha · x`.
  case leakyRelu(alpha: Float)

  /// The name that people read.
  package var name: String {
    switch self {
    case .relu: "relu"
    case .elu: "elu"
    case .sigmoid: "sigmoid"
    case .clip: "clip"
    case .tanh: "tanh"
    case .hardSigmoid: "hard-sigmoid"
    case .hardSwish: "hard-swish"
    case .leakyRelu: "leaky-relu"
    }
  }

  /// The bounds of a function that does nothing but clamp; nil for any other.
  package var clamp: (low: Float, high: Float)? {
    switch self {
    case .relu(let high): (0, high ?? .infinity)
    case .clip(let low, let high): (low, high)
    case .elu, .sigmoid, .tanh, .hardSigmoid, .hardSwish, .leakyRelu: nil
    }
  }

  /// The bounds of a function that does nothing but clamp, in steps of a uint8 tensor: `round(bound / scale) + zero`,
  /// held to 0 ... 255; nil for any other function.
  package func storedClamp(scale: Float, zero: Float) -> (low: Float, high: Float)? {
    guard let (low, high) = clamp else { return nil }
    func stored(_ bound: Float) -> Float { min(max((bound / scale).rounded(.toNearestOrEven) + zero, 0), 255) }
    return (stored(low), stored(high))
  }

  /// The shape of the result, which is the input's; throws what does not fit.
  package func outputShape(inputs: [[Int]], parameters: [[Int]]) throws(ShapeError) -> [Int] {
    try outputShapeOfUnary(inputs: inputs, parameters: parameters)
  }
}
