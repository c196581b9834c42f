import Glibc
import HRNFormat

extension Activation: OpDefinition {
  package static let summary = """
    A function of one number, applied to every element: ReLU min(max(x, 0), high), where `high` may be absent; ELU, \
    which is x above zero and alpha (e^x - 1) below; sigmoid 1 / (1 + e^-x).
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
  ]

  package func evaluate(_ operands: Operands) -> Value { operands.inputs[0].map { self($0) } }

  /// The function itself.
  package func callAsFunction(_ x: Float) -> Float {
    switch self {
    case .relu(let high): min(max(x, 0), high ?? .infinity)
    case .elu(let alpha): x > 0 ? x : Float(Double(alpha) * expm1(Double(x)))
    case .sigmoid: Float(1 / (1 + exp(-Double(x))))
    }
  }
}

extension Optional where Wrapped == Activation {
  /// The activation's value, or `x` where there is none.
  package func callAsFunction(_ x: Float) -> Float { self?(x) ?? x }
}
