import Glibc
import HRNFormat

extension Softmax: OpDefinition {
  package static let summary = """
    Turns the scores of a vector into probabilities that sum to 1: y[i] = e^(x[i] - max x) / sum of e^(x[j] - max x).
    """

  package static let examples = [
    OpExample(
      "equal scores and one that is ahead by ln 2", .softmax(Softmax()),
      Operands([Value([1, 3], [0, 0.6931472, 0])]), gives: Value([1, 3], [0.25, 0.5, 0.25])),
    OpExample(
      "scores too large for e^x", .softmax(Softmax()), Operands([Value([1, 2], [1000, 1000])]),
      gives: Value([1, 2], [0.5, 0.5])),
  ]

  package func evaluate(_ operands: Operands) -> Value {
    let x = operands.inputs[0]
    var y: [Float] = []
    for n in 0..<x.shape[0] {
      let row = x.elements[n * x.shape[1]..<(n + 1) * x.shape[1]]
      let largest = Double(row.max() ?? 0)
      let powers = row.map { exp(Double($0) - largest) }
      let sum = powers.reduce(0, +)
      y += powers.map { Float($0 / sum) }
    }
    return Value(x.shape, y)
  }
}
