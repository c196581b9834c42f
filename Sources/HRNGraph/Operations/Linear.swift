import HRNFormat

extension Linear: OpDefinition {
  package static let summary = """
    Multiplies a vector by a matrix: y = activation(x W' + b + addend). Inputs: x [N, I] and, where a hierarchical sum \
    is folded in, the addend [N, O] that the sum starts from. Parameters: W [O, I] and b [O].
    """

  package static let examples = [
    OpExample(
      "two outputs of three inputs", .linear(Linear()),
      Operands(
        [Value([1, 3], [1, 2, 3])], parameters: [Value([2, 3], [1, 10, 100, 1, 0, -1]), Value([2], [0.5, 0])]),
      gives: Value([1, 2], [321.5, -2])),
    OpExample(
      "an addend, before the activation", .linear(Linear(activation: .relu())),
      Operands([Value([1, 1], [2]), Value([1, 2], [-1, -5])], parameters: [Value([2, 1], [2, 2])]),
      gives: Value([1, 2], [3, 0])),
  ]

  package func evaluate(_ operands: Operands) -> Value {
    let (x, weights) = (operands.inputs[0], operands.parameters[0])
    let bias = operands.parameters.count > 1 ? operands.parameters[1].elements : nil
    let (batch, outputs, depth) = (x.shape[0], weights.shape[0], weights.shape[1])
    var y: [Float] = []
    for n in 0..<batch {
      for o in 0..<outputs {
        var sum = Double(bias?[o] ?? 0)
        for i in 0..<depth { sum += Double(x.elements[n * depth + i]) * Double(weights.elements[o * depth + i]) }
        if operands.inputs.count > 1 { sum += Double(operands.inputs[1].elements[n * outputs + o]) }
        y.append(activation(Float(sum)))
      }
    }
    return Value([batch, outputs], y)
  }
}
