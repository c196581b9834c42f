import HRNFormat

/// What we claim about an operator: printed by `hrn-compile ops --onnx`, checked before a node is mapped, and held to
/// ONNX's own node tests by `Tools/check-onnx`.
package struct Claim: Sendable {
  /// An attribute and the values of it that are taken.
  struct Attribute: Sendable {
    enum Accepted: Sendable {
      /// Checked where the node is mapped; in words.
      case described(String)
      /// Stated by some writers and of no meaning here.
      case ignored
      case integer(ClosedRange<Int>)
      case words([String])
    }

    var name: String
    var accepted: Accepted
    /// What it is an attribute in; newer opsets may give the same as an input.
    var opsets = ONNXVersions.opsets
  }

  package var name: String
  var opsets: ClosedRange<Int>
  /// Ranks, and which inputs have to be constants.
  package var takes: String
  /// What it is mapped to.
  package var becomes: String
  var attributes: [Attribute]
  /// How many of a node's inputs and outputs there may be.
  var inputs: ClosedRange<Int>
  var outputs: ClosedRange<Int>
  let map: @Sendable (Mapping, NodeView) throws(Refusal) -> [Binding]

  init(
    _ name: String, opsets: ClosedRange<Int> = ONNXVersions.opsets, inputs: ClosedRange<Int> = 1...1,
    outputs: ClosedRange<Int> = 1...1, takes: String, becomes: String, attributes: [Attribute] = [],
    map: @escaping @Sendable (Mapping, NodeView) throws(Refusal) -> [Binding]
  ) {
    self.name = name
    self.opsets = opsets
    self.inputs = inputs
    self.outputs = outputs
    self.takes = takes
    self.becomes = becomes
    self.attributes = attributes
    self.map = map
  }

  /// Refuses a node that the table does not claim.
  func check(_ node: NodeView) throws(Refusal) {
    guard opsets.contains(node.opset) else {
      throw Refusal("is of opset \(node.opset), claimed for \(opsets.lowerBound) to \(opsets.upperBound)")
    }
    guard inputs.contains(node.message.inputs.count) else {
      throw Refusal("has \(counted(node.message.inputs.count, "input")), expected \(Self.words(inputs))")
    }
    for (name, attribute) in node.message.attributes.sorted(by: { $0.key < $1.key }) {
      guard let known = attributes.first(where: { $0.name == name }) else {
        throw Refusal("has the attribute '\(name.printable)', which is not known")
      }
      guard known.opsets.contains(node.opset) else {
        throw Refusal(
          "has the attribute '\(name)', which is of opset \(known.opsets.lowerBound) to \(known.opsets.upperBound), and "
            + "the file of \(node.opset)")
      }
      try known.check(attribute.value)
    }
  }

  private static func words(_ range: ClosedRange<Int>) -> String {
    range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
  }
}

extension Claim.Attribute {
  static func described(
    _ name: String, _ words: String, until last: Int = ONNXVersions.opsets.upperBound
  ) -> Self {
    Self(name: name, accepted: .described(words), opsets: ONNXVersions.opsets.lowerBound...last)
  }
  static func ignored(_ name: String) -> Self { Self(name: name, accepted: .ignored) }
  static func integer(_ name: String, _ range: ClosedRange<Int>) -> Self {
    Self(name: name, accepted: .integer(range))
  }
  static func words(_ name: String, _ words: String...) -> Self { Self(name: name, accepted: .words(words)) }

  /// What is accepted, in words.
  var words: String {
    switch accepted {
    case .described(let words) where opsets.upperBound < ONNXVersions.opsets.upperBound:
      "\(words), until opset \(opsets.upperBound)"
    case .described(let words): words
    case .ignored: "of no meaning here"
    case .integer(let range) where range.count == 1: "\(range.lowerBound)"
    case .integer(let range): "\(range.lowerBound) \(range.count == 2 ? "or" : "to") \(range.upperBound)"
    case .words(let words): words.joined(separator: ", ")
    }
  }

  func check(_ value: AttributeMessage.Value) throws(Refusal) {
    switch (accepted, value) {
    case (.described, .other(let what)): throw Refusal("has \(what) as attribute '\(name)', expected \(words)")
    case (.described, _), (.ignored, _): break
    case (.integer(let range), .integer(let found)):
      guard range.contains(Int(found)) else { throw Refusal("has \(name) \(found), expected \(words)") }
    case (.words(let known), .text(let found)):
      guard known.contains(found) else { throw Refusal("has \(name) '\(found.printable)', expected \(words)") }
    case (.integer, _), (.words, _): throw Refusal("has an attribute '\(name)' of another kind, expected \(words)")
    }
  }
}

extension Claim {
  /// Everything that is mapped, by operator.
  package static let all: [Claim] = [
    convolutions, pools, linears, arithmetic, activations, normalizations, shapes, selections, scores, constants,
  ].flatMap { $0 }.sorted { $0.name < $1.name }

  static let byName: [String: Claim] = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// The claims as text, an operator after the other.
  package static var text: String {
    let head = """
      ONNX of IR version \(ONNXVersions.ir.lowerBound) to \(ONNXVersions.ir.upperBound), opset \
      \(ONNXVersions.opsets.lowerBound) to \(ONNXVersions.opsets.upperBound), with one float input, a batch of 1 and \
      all weights inside.
      "folded": a node all of whose inputs are constants is computed while the file is read.
      """
    return head + "\n\n" + all.map(\.text).joined(separator: "\n")
  }

  private var text: String {
    var lines = ["\(name)  opset \(opsets.lowerBound) to \(opsets.upperBound)", "  takes    \(takes)"]
    lines.append("  becomes  \(becomes)")
    let stated = attributes.filter { if case .ignored = $0.accepted { false } else { true } }
    for attribute in stated { lines.append("  \(attribute.name): \(attribute.words)") }
    let ignored = attributes.filter { if case .ignored = $0.accepted { true } else { false } }
    if !ignored.isEmpty { lines.append("  ignored: " + ignored.map(\.name).joined(separator: ", ")) }
    return lines.map { $0 + "\n" }.joined()
  }
}
