import HRNFormat
import HRNGraph

extension Claim {
  static let activations = [
    elementwise("Relu", becomes: "relu") { (_) throws(Refusal) in .relu() },
    elementwise("Sigmoid", becomes: "sigmoid") { (_) throws(Refusal) in .sigmoid },
    elementwise("Tanh", becomes: "tanh") { (_) throws(Refusal) in .tanh },
    elementwise("Elu", becomes: "elu", attributes: [.described("alpha", "a number")]) { (node) throws(Refusal) in
      .elu(alpha: try node.float("alpha", default: 1))
    },
    elementwise("LeakyRelu", becomes: "leaky-relu", attributes: [.described("alpha", "a number")]) {
      (node) throws(Refusal) in .leakyRelu(alpha: try node.float("alpha", default: 0.01))
    },
    elementwise("HardSwish", opsets: 14...ONNXVersions.opsets.upperBound, becomes: "hard-swish") {
      (_) throws(Refusal) in .hardSwish
    },
    elementwise(
      "HardSigmoid", becomes: "hard-sigmoid",
      attributes: [.described("alpha", "a number"), .described("beta", "a number")]
    ) { (node) throws(Refusal) in
      .hardSigmoid(alpha: try node.float("alpha", default: 0.2), beta: try node.float("beta", default: 0.5))
    },
    Claim(
      "Clip", inputs: 1...3, takes: "a value of any rank; constant bounds",
      becomes: "relu, with a bound or without; clip",
      attributes: [.described("min", "a number", until: 10), .described("max", "a number", until: 10)]
    ) { (mapping, node) throws(Refusal) in
      let isOld = node.opset < 11
      let low = isOld ? try node.has("min") ? node.float("min", default: 0) : nil : try mapping.bound(node, 1)
      let high = isOld ? try node.has("max") ? node.float("max", default: 0) : nil : try mapping.bound(node, 2)
      return try mapping.clip(node, try node.value(0), low: low, high: high)
    },
    Claim(
      "PRelu", inputs: 2...2, takes: "a value of any rank; a constant slope of one number", becomes: "leaky-relu"
    ) { (mapping, node) throws(Refusal) in
      guard let slope = try node.requiredConstant(1).scalar, Float(slope).isFinite else {
        throw Refusal("has a slope of \(describe(try node.requiredConstant(1).shape)), expected one number")
      }
      return try mapping.activation(node, try node.value(0), .leakyRelu(alpha: Float(slope)))
    },
    extremum("Max"), extremum("Min"),
  ]

  private static func elementwise(
    _ name: String, opsets: ClosedRange<Int> = ONNXVersions.opsets, becomes: String, attributes: [Attribute] = [],
    _ activation: @escaping @Sendable (NodeView) throws(Refusal) -> Activation
  ) -> Claim {
    Claim(name, opsets: opsets, takes: "a value of any rank", becomes: becomes, attributes: attributes) {
      (mapping, node) throws(Refusal) in
      try mapping.activation(node, try node.value(0), try activation(node))
    }
  }

  private static func extremum(_ name: String) -> Claim {
    let isMax = name == "Max"
    return Claim(
      name, opsets: 8...ONNXVersions.opsets.upperBound, inputs: 1...2,
      takes: "a value of any rank and a constant of one number, two vectors of one length, or a value alone",
      becomes: (isMax ? "relu, clip" : "clip") + "; a tree constraint for two vectors"
    ) { (mapping, node) throws(Refusal) in
      guard node.inputs.count == 2 else { return [.value(try node.value(0))] }
      let constant: Int
      switch (node.inputs[0], node.inputs[1]) {
      case (.constant?, _): constant = 0
      case (_, .constant?): constant = 1
      default: return try mapping.extremum(isMax ? .max : .min, node)
      }
      let value = try node.value(1 - constant)
      let bound = try mapping.bound(node, constant)
      return try mapping.clip(node, value, low: isMax ? bound : nil, high: isMax ? nil : bound)
    }
  }
}

extension Mapping {
  /// A constant input of one number; nil where it is left out.
  func bound(_ node: NodeView, _ index: Int) throws(Refusal) -> Float? {
    guard let tensor = try node.constant(index) else { return nil }
    guard let number = tensor.scalar, !number.isNaN else {
      throw Refusal("has a bound of \(describe(tensor.shape)), expected one number")
    }
    return Float(number)
  }

  func activation(_ node: NodeView, _ value: Carried, _ activation: Activation) throws(Refusal) -> [Binding] {
    let value = try natural(value, name: node.name)
    let tensor = try add(.activation(activation), [value.tensor], name: node.name)
    gates[tensor] = gate(activation, of: value.tensor)
    var result = value
    result.tensor = tensor
    return [.value(result)]
  }

  /// `min(max(x, low), high)`; nothing where both bounds are left out.
  func clip(_ node: NodeView, _ value: Carried, low: Float?, high: Float?) throws(Refusal) -> [Binding] {
    let (low, high) = (low.flatMap { $0 == -.infinity ? nil : $0 }, high.flatMap { $0 == .infinity ? nil : $0 })
    guard low?.isFinite != false, high?.isFinite != false else { throw Refusal("has bounds that are not finite") }
    switch (low, high) {
    case (nil, nil): return [.value(value)]
    case (0, nil): return try activation(node, value, .relu())
    case (0, let high?) where high > 0: return try activation(node, value, .relu(high: high))
    default:
      let most = Float.greatestFiniteMagnitude
      return try activation(node, value, .clip(low: min(low ?? -most, high ?? most), high: high ?? most))
    }
  }

  /// The larger or the smaller of two vectors, element by element: a tree constraint over both, in which each element of
  /// the second has that of the first as its parent. The maximum is where the parents were, the minimum where the
  /// children were.
  func extremum(_ kind: ConstraintKind, _ node: NodeView) throws(Refusal) -> [Binding] {
    let values = [try node.value(0), try node.value(1)]
    let vectors = [try vector(values[0], name: node.name), try vector(values[1], name: node.name)]
    let width = graph.shape(of: vectors[0])[1]
    guard values[0].shape == values[1].shape, values[0].shape.withoutOnes.count <= 1 else {
      throw Refusal(
        "compares \(describe(values[0].shape)) and \(describe(values[1].shape)), expected vectors of one length")
    }
    let joined = try add(.concat(Concat()), vectors, name: node.name + ".both")
    let parents = [Int?](repeating: nil, count: width) + (0..<width).map { $0 }
    let constrained = try add(.treeConstraint(TreeConstraint(kind, parents: parents)), [joined], name: node.name)
    let slice = Slice(begin: kind == .max ? 0 : width, count: width)
    return bind(try add(.slice(slice), [constrained], name: node.name + ".half"), shape: values[0].shape)
  }

  /// What an activation says about its input that a gate of Hard Swish is recognized by.
  private func gate(_ activation: Activation, of tensor: Int) -> Gate? {
    switch activation {
    case .hardSigmoid(let alpha, let beta):
      return Gate(of: tensor, slope: Double(alpha), offset: Double(beta), high: 1)
    case .relu(let high?):
      guard var gate = gates[tensor], gate.high == nil else { return nil }
      gate.high = Double(high)
      return gate
    default: return nil
    }
  }
}
