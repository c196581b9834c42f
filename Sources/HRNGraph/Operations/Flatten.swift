import HRNFormat

extension Flatten: OpDefinition {
  package static let summary = """
    Reads an image [N, C, H, W] as a vector [N, C H W], channel after channel. No element moves or changes.
    """

  package static let examples = [
    OpExample(
      "two channels of two pixels", .flatten(Flatten()), Operands([Value([1, 2, 1, 2], [1, 2, 3, 4])]),
      gives: Value([1, 4], [1, 2, 3, 4]))
  ]

  package func evaluate(_ operands: Operands) -> Value {
    let x = operands.inputs[0]
    return Value([x.shape[0], x.shape.dropFirst().reduce(1, *)], x.elements)
  }
}
