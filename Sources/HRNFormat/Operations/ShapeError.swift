/// One of the tensors a node reads.
package enum Operand: Equatable, Sendable {
  case input(Int)
  case parameter(Int)

  package var name: String {
    switch self {
    case .input(let index): "input \(index)"
    case .parameter(let index): "parameter \(index)"
    }
  }
}

/// Why an operation does not accept the shapes it was given.
package enum ShapeError: Error, Equatable, Sendable {
  case inputCount(found: Int, minimum: Int, maximum: Int)
  case parameterCount(found: Int, minimum: Int, maximum: Int)
  /// `expected` is a pattern or a shape, as people write them: `[N, C, H, W]`.
  case shape(Operand, found: [Int], expected: String)
  /// A number of the operation itself, such as a stride of zero.
  case attribute(String, found: Int, expected: String)
  /// A window of `extent` does not fit into `available`, the input with its padding.
  case window(axis: String, extent: Int, available: Int)
  /// A number of elements that does not fit into a machine word.
  case tooLarge

  /// The error in words, to follow the name of the node.
  package var message: String {
    switch self {
    case .inputCount(let found, let minimum, let maximum):
      "has \(counted(found, "input")), expected \(range(minimum, maximum))"
    case .parameterCount(let found, let minimum, let maximum):
      "has \(counted(found, "parameter")), expected \(range(minimum, maximum))"
    case .shape(let operand, let found, let expected):
      "has \(operand.name) of shape \(describe(found)), expected \(expected)"
    case .attribute(let name, let found, let expected):
      "has \(name) \(found), expected \(expected)"
    case .window(let axis, let extent, let available):
      "has a window of \(extent) along \(axis), but the input with its padding has only \(available)"
    case .tooLarge:
      "has a result too large to count"
    }
  }

  private func range(_ minimum: Int, _ maximum: Int) -> String {
    if minimum == maximum { return "\(minimum)" }
    return maximum == Int.max ? "\(minimum) or more" : "\(minimum) to \(maximum)"
  }
}

/// `1 input`, `2 inputs`.
package func counted(_ count: Int, _ noun: String) -> String { counted(count, noun, plural: noun + "s") }

/// `1 axis`, `2 axes`.
package func counted(_ count: Int, _ noun: String, plural: String) -> String {
  count == 1 ? "1 \(noun)" : "\(count) \(plural)"
}

/// A shape as people write it: `[1, 3, 224, 224]`.
package func describe(_ shape: [Int]) -> String {
  var text = "["
  for (index, extent) in shape.enumerated() {
    if index > 0 { text += ", " }
    text += "\(extent)"
  }
  return text + "]"
}

/// Checks how many tensors a node reads.
func expectCounts(
  inputs: [[Int]], _ inputCounts: ClosedRange<Int>, parameters: [[Int]], _ parameterCounts: ClosedRange<Int>
) throws(ShapeError) {
  guard inputCounts.contains(inputs.count) else {
    throw .inputCount(found: inputs.count, minimum: inputCounts.lowerBound, maximum: inputCounts.upperBound)
  }
  guard parameterCounts.contains(parameters.count) else {
    throw .parameterCount(
      found: parameters.count, minimum: parameterCounts.lowerBound, maximum: parameterCounts.upperBound)
  }
}

/// Checks that an operand has exactly the shape it must have.
func expectShape(_ operand: Operand, _ found: [Int], _ expected: [Int]) throws(ShapeError) {
  guard found == expected else { throw .shape(operand, found: found, expected: describe(expected)) }
}

/// Checks that an operand is an image `[N, C, H, W]` or a batch of vectors `[N, F]`.
func expectImageOrVector(_ operand: Operand, _ found: [Int]) throws(ShapeError) {
  guard found.count == 4 || found.count == 2 else {
    throw .shape(operand, found: found, expected: "[N, C, H, W] or [N, F]")
  }
}

/// Checks the one input of an operation that has no parameters and keeps the shape.
func outputShapeOfUnary(inputs: [[Int]], parameters: [[Int]]) throws(ShapeError) -> [Int] {
  try expectCounts(inputs: inputs, 1...1, parameters: parameters, 0...0)
  try expectImageOrVector(.input(0), inputs[0])
  return inputs[0]
}
