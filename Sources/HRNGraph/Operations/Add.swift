import HRNFormat

extension Add: OpDefinition {
  package static let summary = """
    Adds two or more tensors of one shape, y = activation(x0 + x1 + ...): the residual sums of a trunk, and the sums \
    by which each level of an HRN inherits the features of its coarser levels.
    """

  package static let examples = [
    OpExample(
      "a residual sum with its ReLU", .add(Add(activation: .relu())),
      Operands([Value([1, 3], [1, -2, 3]), Value([1, 3], [4, 1, -1])]), gives: Value([1, 3], [5, 0, 2])),
    OpExample(
      "the sum of three levels", .add(Add()),
      Operands([Value([1, 2], [1, 2]), Value([1, 2], [10, 20]), Value([1, 2], [100, 200])]),
      gives: Value([1, 2], [111, 222])),
  ]

  package func evaluate(_ operands: Operands) -> Value {
    var sums = operands.inputs[0].elements.map { Double($0) }
    for input in operands.inputs.dropFirst() {
      for (index, element) in input.elements.enumerated() { sums[index] += Double(element) }
    }
    return Value(operands.inputs[0].shape, sums.map { activation(Float($0)) })
  }
}
