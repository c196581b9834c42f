import HRNFormat

/// A node while it is mapped: what its inputs stand for, and its attributes by kind.
struct NodeView {
  let message: NodeMessage
  /// Of ONNX's own operators.
  let opset: Int
  /// By input; nil where it is left out.
  let inputs: [Binding?]
  /// The name that its nodes of the graph get.
  let name: String

  func has(_ attribute: String) -> Bool { message.attributes[attribute] != nil }

  /// Whether an input is given.
  func hasInput(_ index: Int) -> Bool { inputs.indices.contains(index) && inputs[index] != nil }

  func integer(_ attribute: String, default standard: Int) throws(Refusal) -> Int {
    guard let found = message.attributes[attribute] else { return standard }
    guard case .integer(let value) = found.value else { throw kind(attribute, "an integer") }
    return Int(value)
  }

  func float(_ attribute: String, default standard: Float) throws(Refusal) -> Float {
    guard let found = message.attributes[attribute] else { return standard }
    guard case .float(let value) = found.value, value.isFinite else { throw kind(attribute, "a finite float") }
    return value
  }

  func text(_ attribute: String, default standard: String) throws(Refusal) -> String {
    guard let found = message.attributes[attribute] else { return standard }
    guard case .text(let value) = found.value else { throw kind(attribute, "text") }
    return value
  }

  /// A list of integers, of a fixed length where one is given; nil where the attribute is absent.
  func integers(_ attribute: String, count: Int? = nil) throws(Refusal) -> [Int]? {
    guard let found = message.attributes[attribute] else { return nil }
    guard case .integers(let values) = found.value else { throw kind(attribute, "a list of integers") }
    guard values.count == count ?? values.count else {
      throw Refusal("has \(attribute) of \(counted(values.count, "number")), expected \(count ?? 0)")
    }
    return values.map { Int($0) }
  }

  private func kind(_ attribute: String, _ expected: String) -> Refusal {
    Refusal("has an attribute '\(attribute)' that is not \(expected)")
  }

  // MARK: Inputs

  /// An input that the network computes.
  func value(_ index: Int) throws(Refusal) -> Carried {
    switch inputs.indices.contains(index) ? inputs[index] : nil {
    case .value(let value): return value
    case .failed: throw .consequence
    case .constant: throw Refusal("has a constant as input \(index), expected what the network computes")
    case nil: throw Refusal("lacks input \(index)")
    }
  }

  /// An input that is known before anything runs; nil where it is left out.
  func constant(_ index: Int) throws(Refusal) -> HostTensor? {
    switch inputs.indices.contains(index) ? inputs[index] : nil {
    case .constant(let tensor): return tensor
    case .failed: throw .consequence
    case .value: throw Refusal("computes input \(index), expected a constant")
    case nil: return nil
    }
  }

  /// An input that has to be there, and be a constant.
  func requiredConstant(_ index: Int) throws(Refusal) -> HostTensor {
    guard let tensor = try constant(index) else { throw Refusal("lacks input \(index)") }
    return tensor
  }

  /// A constant list of integers, as shapes and axes are given; nil where it is left out.
  func integers(input index: Int) throws(Refusal) -> [Int]? {
    guard let tensor = try constant(index) else { return nil }
    guard tensor.count <= ONNXLimits.nodeEntries, let values = tensor.integers else {
      throw Refusal("has an input \(index) that is not a short list of whole numbers")
    }
    return values
  }

  /// A list of integers that newer opsets give as an input and older ones as an attribute.
  func integers(_ attribute: String, orInput index: Int) throws(Refusal) -> [Int]? {
    if let values = try integers(attribute) { return values }
    return try integers(input: index)
  }

  /// Whether an input is a constant without elements, as exporters write ahead of a first part.
  func isEmpty(_ index: Int) -> Bool {
    if case .constant(let tensor)? = inputs[index] { tensor.count == 0 } else { false }
  }

  /// Whether every input that is given is a constant.
  var isConstant: Bool {
    inputs.allSatisfy { if case .constant? = $0 { true } else { $0 == nil } }
  }

  /// An axis counted from the front; negative ones count from the end.
  func axis(_ axis: Int, rank: Int) throws(Refusal) -> Int {
    guard axis >= -rank, axis < rank else {
      throw Refusal("has axis \(axis) of a value with \(counted(rank, "axis", plural: "axes"))")
    }
    return axis < 0 ? axis + rank : axis
  }
}
