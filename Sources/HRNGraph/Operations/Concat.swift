import HRNFormat

extension Concat: OpDefinition {
  package static let summary = """
    Joins two or more tensors along axis 1, channel after channel: y = x0 | x1 | ... Maps have one height and width.
    """

  package static let examples = [
    OpExample(
      "one map of two channels and one of one", .concat(Concat()),
      Operands([Value([1, 2, 1, 2], [1, 2, 3, 4]), Value([1, 1, 1, 2], [5, 6])]),
      gives: Value([1, 3, 1, 2], [1, 2, 3, 4, 5, 6])),
    OpExample(
      "three vectors", .concat(Concat()),
      Operands([Value([1, 1], [1]), Value([1, 2], [2, 3]), Value([1, 1], [4])]),
      gives: Value([1, 4], [1, 2, 3, 4])),
  ]

  package func evaluate(_ operands: Operands) -> Value {
    let inputs = operands.inputs
    var shape = inputs[0].shape
    shape[1] = inputs.reduce(0) { $0 + $1.shape[1] }
    var y: [Float] = []
    for n in 0..<shape[0] {
      for input in inputs {
        let count = input.shape[1] * input.plane
        y += input.elements[n * count..<(n + 1) * count]
      }
    }
    return Value(shape, y)
  }
}
