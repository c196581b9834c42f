import HRNFormat
import HRNGraph

extension Claim {
  static let scores = [
    Claim(
      "Softmax",
      takes:
        "a vector: one element along all axes but that of the softmax, or before opset 13 but those from it on",
      becomes: "softmax", attributes: [.described("axis", "the axis of the elements")]
    ) { (mapping, node) throws(Refusal) in try mapping.softmax(node) },
    Claim(
      "LogSoftmax", takes: "as Softmax, where nothing but an output reads it",
      becomes: "softmax: the output is the probabilities, not their logarithms",
      attributes: [.described("axis", "the axis of the elements")]
    ) { (mapping, node) throws(Refusal) in
      guard let output = node.message.outputs.first, mapping.uses[output] == mapping.outputUses[output] else {
        throw Refusal("is read by another node, expected by outputs only")
      }
      mapping.notes.append("output '\(output.printable)' is a log-softmax; it is given as the softmax itself")
      return try mapping.softmax(node)
    },
  ]
}

extension Mapping {
  func softmax(_ node: NodeView) throws(Refusal) -> [Binding] {
    let value = try node.value(0)
    let rank = value.shape.count
    let isCoerced = node.opset < 13
    let axis = try node.axis(try node.integer("axis", default: isCoerced ? 1 : -1), rank: rank)
    let others = value.shape[..<axis] + (isCoerced ? [] : value.shape[(axis + 1)...])
    guard others.allSatisfy({ $0 == 1 }) else {
      throw Refusal("normalizes axis \(axis) of \(describe(value.shape)), expected one vector")
    }
    let result = try add(.softmax(Softmax()), [try vector(value, name: node.name)], name: node.name)
    return bind(result, shape: value.shape)
  }
}
