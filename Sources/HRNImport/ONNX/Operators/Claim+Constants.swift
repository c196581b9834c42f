import HRNFormat
import HRNGraph

extension Claim {
  static let constants = [
    Claim(
      "Constant", inputs: 0...0, takes: "nothing", becomes: "a constant",
      attributes: [
        .described("value", "a tensor"), .described("value_float", "a number"), .described("value_int", "a number"),
        .described("value_floats", "numbers"), .described("value_ints", "numbers"),
      ]
    ) { (mapping, node) throws(Refusal) in try mapping.constant(node) },
    Claim(
      "ConstantOfShape", takes: "a constant shape", becomes: "a constant",
      attributes: [.described("value", "a tensor of one element")]
    ) { (mapping, node) throws(Refusal) in try mapping.constantOfShape(node) },
    Claim(
      "Shape", takes: "anything", becomes: "a constant",
      attributes: [.described("start", "an axis"), .described("end", "an axis")]
    ) { (mapping, node) throws(Refusal) in try mapping.shape(node) },
    unary("Neg") { -$0 }, unary("Sqrt") { $0.squareRoot() }, unary("Reciprocal") { 1 / $0 },
  ]

  private static func unary(_ name: String, _ function: @escaping @Sendable (Double) -> Double) -> Claim {
    Claim(name, takes: "a constant; folded", becomes: "a constant") { (mapping, node) throws(Refusal) in
      try mapping.fold(node) { function($0[0]) }
    }
  }
}

extension NodeView {
  /// The name of the value that the node makes.
  var result: String { message.outputs.first ?? name }
}

extension Mapping {
  /// Says something to the user, once.
  func note(_ text: String) {
    if !notes.contains(text) { notes.append(text) }
  }

  fileprivate func constant(_ node: NodeView) throws(Refusal) -> [Binding] {
    guard node.message.attributes.count == 1, let attribute = node.message.attributes.values.first else {
      throw Refusal("has \(counted(node.message.attributes.count, "value")), expected one")
    }
    var tensor: HostTensor
    switch attribute.value {
    case .tensor(let message): tensor = HostTensor(message, in: bytes)
    case .float(let value): tensor = HostTensor("", shape: [], type: .float, .floats([value]))
    case .integer(let value): tensor = HostTensor("", shape: [], type: .int64, .integers([value]))
    case .floats(let values): tensor = HostTensor("", shape: [values.count], type: .float, .floats(values))
    case .integers(let values): tensor = HostTensor("", shape: [values.count], type: .int64, .integers(values))
    case .text, .other: throw Refusal("has a value that is not of numbers")
    }
    tensor.name = node.result
    return [.constant(tensor)]
  }

  fileprivate func constantOfShape(_ node: NodeView) throws(Refusal) -> [Binding] {
    guard let shape = try node.integers(input: 0), shape.count <= ONNXLimits.rank, shape.boundedProduct != nil else {
      throw Refusal("has a shape of too many axes or elements, or with extents below 0")
    }
    var value = HostTensor("", shape: [1], type: .float, .filled(0))
    if let attribute = node.message.attributes["value"] {
      guard case .tensor(let message) = attribute.value, message.count == 1 else {
        throw Refusal("has a value of several elements, expected one")
      }
      value = HostTensor(message, in: bytes)
    }
    return [.constant(HostTensor(node.result, shape: shape, type: value.type, .filled(value.reals[0])))]
  }

  fileprivate func shape(_ node: NodeView) throws(Refusal) -> [Binding] {
    let shape: [Int]
    switch try node.any(0) {
    case .constant(let tensor): shape = tensor.shape
    default: shape = try node.value(0).shape
    }
    func place(_ axis: Int) -> Int { min(max(axis < 0 ? axis + shape.count : axis, 0), shape.count) }
    let start = place(try node.integer("start", default: 0))
    let end = place(try node.integer("end", default: shape.count))
    let extents = start < end ? shape[start..<end].map { Int64($0) } : []
    return [.constant(HostTensor(node.result, shape: [extents.count], type: .int64, .integers(extents)))]
  }

  // MARK: Folding

  /// The elements of a constant at the given places, in that order.
  func picked(_ tensor: HostTensor, _ places: [Int], shape: [Int], _ node: NodeView) throws(Refusal) -> HostTensor {
    try spend(max(tensor.count, places.count))
    let elements: HostTensor.Elements
    switch tensor.elements {
    case .filled(let value): elements = .filled(value)
    case .integers(let values): elements = .integers(places.map { values[$0] })
    case .reals(let values): elements = .reals(places.map { values[$0] })
    case .floats, .stored:
      if tensor.type == .float {
        let values = tensor.floats
        elements = .floats(places.map { values[$0] })
      } else {
        let values = tensor.reals
        elements = .reals(places.map { values[$0] })
      }
    }
    return HostTensor(node.result, shape: shape, type: tensor.type, elements)
  }

  /// Arithmetic of two constants.
  func fold(_ node: NodeView, _ operation: String) throws(Refusal) -> [Binding] {
    let isWhole = try !node.requiredConstant(0).type.isReal
    return try fold(node) { numbers in
      switch operation {
      case "Add": numbers[0] + numbers[1]
      case "Sub": numbers[0] - numbers[1]
      case "Mul": numbers[0] * numbers[1]
      default: isWhole ? (numbers[0] / numbers[1]).rounded(.towardZero) : numbers[0] / numbers[1]
      }
    }
  }

  /// A function of constants, element by element; all are spread to one shape first.
  func fold(_ node: NodeView, _ function: ([Double]) -> Double) throws(Refusal) -> [Binding] {
    var tensors: [HostTensor] = []
    for index in node.inputs.indices { tensors.append(try node.requiredConstant(index)) }
    let rank = tensors.map(\.shape.count).max() ?? 0
    var shape = [Int](repeating: 1, count: rank)
    for tensor in tensors {
      for (axis, extent) in tensor.shape.enumerated() where extent != 1 {
        let place = rank - tensor.shape.count + axis
        guard shape[place] == 1 || shape[place] == extent else {
          throw Refusal("combines constants of \(tensors.map { describe($0.shape) }.joined(separator: " and "))")
        }
        shape[place] = extent
      }
    }
    guard let count = shape.boundedProduct else { throw Refusal("combines constants to \(describe(shape))") }
    for _ in 0...tensors.count { try spend(count) }
    let spread = tensors.map { tensor in (values: tensor.reals, places: Self.broadcast(tensor.shape, to: shape)) }
    let reals = (0..<count).map { index in function(spread.map { $0.values[$0.places[index]] }) }
    let type = tensors[0].type
    guard type.isReal || reals.allSatisfy({ Int64(exactly: $0) != nil }) else {
      throw Refusal("gives a number that is not whole, or too large")
    }
    let elements: HostTensor.Elements = type == .float ? .floats(reals.map { Float($0) }) : .reals(reals)
    return [.constant(HostTensor(node.result, shape: shape, type: type, elements))]
  }
}
