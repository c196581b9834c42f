import Glibc
import HRNFormat

extension Activation: OpDefinition {
  package static let summary = """
    A function of one number, applied to every element: ReLU min(max(x, 0), high), where `high` may be absent; ELU, \
    which is x above zero and alpha (e^x - 1) below; sigmoid 1 / (1 + e^-x); clip min(max(x, low), high); tanh; hard \
    sigmoid min(max(alpha x + beta, 0), 1); hard swish x min(max(x / 6 + 1/2, 0), 1); leaky ReLU, which is x above \
    zero and alpha x below.
    """

  package static let examples = [
    OpExample(
      "ReLU with and without an upper bound", .activation(.relu(high: 6)), Operands([Value([1, 3], [-1, 2, 9])]),
      gives: Value([1, 3], [0, 2, 6])),
    OpExample(
      "ELU, linear above zero", .activation(.elu(alpha: 2)), Operands([Value([1, 3], [-1, 0, 3])]),
      gives: Value([1, 3], [-1.2642411, 0, 3])),
    OpExample(
      "sigmoid, the same distance from one half on both sides", .activation(.sigmoid),
      Operands([Value([1, 3], [-2, 0, 2])]), gives: Value([1, 3], [0.11920292, 0.5, 0.880797])),
    OpExample(
      "clip, to bounds of either sign", .activation(.clip(low: -1, high: 2)), Operands([Value([1, 3], [-3, 0.5, 3])]),
      gives: Value([1, 3], [-1, 0.5, 2])),
    OpExample(
      "tanh, odd and below one", .activation(.tanh), Operands([Value([1, 3], [-0.5, 0, 20])]),
      gives: Value([1, 3], [-0.46211717, 0, 1])),
    OpExample(
      "hard sigmoid, a line between two bounds", .activation(.hardSigmoid(alpha: 0.25, beta: 0.5)),
      Operands([Value([1, 4], [-3, 0, 1, 3])]), gives: Value([1, 4], [0, 0.5, 0.75, 1])),
    OpExample(
      "hard swish, zero below -3 and x above 3", .activation(.hardSwish),
      Operands([Value([1, 4], [-4, -1.5, 1.5, 4])]),
      gives: Value([1, 4], [0, -0.375, 1.125, 4])),
    OpExample(
      "leaky ReLU, another slope below zero", .activation(.leakyRelu(alpha: 0.25)),
      Operands([Value([1, 2], [-2, 2])]), gives: Value([1, 2], [-0.5, 2])),
  ]

  package func evaluate(_ operands: Operands) -> Value { operands.inputs[0].map { self($0) } }

  /// The function itself.
  package func callAsFunction(_ x: Float) -> Float {
    switch self {
    case .relu(let high): min(max(x, 0), high ?? .infinity)
    case .elu(let alpha): x > 0 ? x : Float(Double(alpha) * expm1(Double(x)))
    case .sigmoid: Float(1 / (1 + exp(-Double(x))))
    case .clip(let low, let high): min(max(x, low), high)
    case .tanh: Float(Glibc.tanh(Double(x)))
    case .hardSigmoid(let alpha, let beta): Float(min(max(Double(alpha) * Double(x) + Double(beta), 0), 1))
    case .hardSwish: Float(Double(x) * min(max(Double(x) / 6 + 0.5, 0), 1))
    case .leakyRelu(let alpha): x > 0 ? x : alpha * x
    }
  }
}

extension Optional where Wrapped == Activation {
  /// The activation's value, or `x` where there is none.
  package func callAsFunction(_ x: Float) -> Float { self?(x) ?? x }
}
