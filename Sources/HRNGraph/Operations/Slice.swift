import HRNFormat

extension Slice: OpDefinition {
  package static let summary = """
    Takes consecutive channels (axis 1): y = x[:, begin : begin + count]. It undoes the joining of parallel \
    convolutions or linears into one, and costs nothing in a compiled graph.
    """

  package static let examples = [
    OpExample(
      "the second of three channels", .slice(Slice(begin: 1, count: 1)),
      Operands([Value([1, 3, 1, 2], [1, 2, 3, 4, 5, 6])]), gives: Value([1, 1, 1, 2], [3, 4])),
    OpExample(
      "the end of a vector", .slice(Slice(begin: 1, count: 2)), Operands([Value([1, 3], [1, 2, 3])]),
      gives: Value([1, 2], [2, 3])),
  ]

  package func evaluate(_ operands: Operands) -> Value {
    let x = operands.inputs[0]
    let (plane, channels) = (x.plane, x.shape[1])
    var shape = x.shape
    shape[1] = count
    var y: [Float] = []
    for n in 0..<x.shape[0] {
      let first = (n * channels + begin) * plane
      y += x.elements[first..<first + count * plane]
    }
    return Value(shape, y)
  }
}
