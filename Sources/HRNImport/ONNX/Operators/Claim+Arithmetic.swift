import HRNFormat
import HRNGraph

extension Claim {
  static let arithmetic = [
    binary("Add", takes: "values of one shape, or a value and a constant", becomes: "add; batch-norm for a constant") {
      (mapping, node) throws(Refusal) in try mapping.sum(node)
    },
    Claim(
      "Sum", inputs: 1...Limits.nodeInputs, takes: "values of one shape, and constants",
      becomes: "add; batch-norm for constants"
    ) { (mapping, node) throws(Refusal) in
      if node.isConstant { return try mapping.fold(node) { $0.reduce(0, +) } }
      return try mapping.sum(node)
    },
    binary("Sub", takes: "values of one shape, or a value and a constant", becomes: "batch-norm, add") {
      (mapping, node) throws(Refusal) in try mapping.difference(node)
    },
    binary(
      "Mul", takes: "a value and a constant; a value and its own gate of Hard Swish", becomes: "batch-norm, hard-swish"
    ) { (mapping, node) throws(Refusal) in try mapping.product(node) },
    binary("Div", takes: "a value and a constant that divides it", becomes: "batch-norm") {
      (mapping, node) throws(Refusal) in try mapping.quotient(node)
    },
  ]

  private static func binary(
    _ name: String, takes: String, becomes: String,
    _ map: @escaping @Sendable (Mapping, NodeView) throws(Refusal) -> [Binding]
  ) -> Claim {
    Claim(name, inputs: 2...2, takes: takes + "; folded", becomes: becomes) { (mapping, node) throws(Refusal) in
      node.isConstant ? try mapping.fold(node, name) : try map(mapping, node)
    }
  }
}

/// A tensor that is a clamped line of another: `scale · clamp(slope · x + offset)` as `min(max(a·x + b, 0), high)`.
struct Gate: Equatable {
  var of: Int
  var slope: Double
  var offset: Double
  /// Nil before anything clamps it.
  var high: Double?
}

extension Mapping {
  fileprivate func sum(_ node: NodeView) throws(Refusal) -> [Binding] {
    var values: [Carried] = []
    var constants: [HostTensor] = []
    for (index, binding) in node.inputs.enumerated() {
      if case .constant(let tensor)? = binding {
        constants.append(tensor)
      } else {
        values.append(try node.value(index))
      }
    }
    guard var result = values.first else { throw Refusal("adds constants only") }
    if values.count > 1 { result = try add(values, name: node.name) }
    for constant in constants {
      result = try affine(result, by: constant, name: node.name) { (1, $0) }
    }
    return [.value(result)]
  }

  /// The sum of values of one shape.
  private func add(_ values: [Carried], name: String) throws(Refusal) -> Carried {
    var shape = values[0].shape
    for value in values where value.shape.count > shape.count { shape = value.shape }
    for value in values where value.shape.withoutOnes != shape.withoutOnes || value.order != values[0].order {
      throw Refusal(
        "combines \(describe(values[0].shape)) and \(describe(value.shape)), expected values of one shape and order")
    }
    var tensors: [Int] = []
    for value in values { tensors.append(try natural(value, name: name).tensor) }
    if Set(tensors.map(graph.shape(of:))).count > 1 {
      guard values[0].order == .same else { throw Refusal("combines transposed maps of different shapes") }
      tensors = try flattened(tensors, name: name)
    }
    let distinct = tensors.reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } }
    var terms: [Int] = []
    for tensor in distinct {
      let count = tensors.count { $0 == tensor }
      var term = Carried(shape: graph.shape(of: tensor), tensor: tensor)
      if count > 1 { term = try affine(term, scale: [Double(count)], shift: [0], name: name + ".times") }
      terms.append(term.tensor)
    }
    let sum = terms.count == 1 ? terms[0] : try add(.add(Add()), terms, name: name)
    return Carried(shape: shape, tensor: sum, order: values[0].order)
  }

  private func flattened(_ tensors: [Int], name: String) throws(Refusal) -> [Int] {
    var vectors: [Int] = []
    for tensor in tensors { vectors.append(try flatten(tensor, name: name)) }
    return vectors
  }

  fileprivate func difference(_ node: NodeView) throws(Refusal) -> [Binding] {
    if case .constant(let constant)? = node.inputs[1] {
      return [.value(try affine(try node.value(0), by: constant, name: node.name) { (1, -$0) })]
    }
    if case .constant(let constant)? = node.inputs[0] {
      return [.value(try affine(try node.value(1), by: constant, name: node.name) { (-1, $0) })]
    }
    let negative = try affine(try node.value(1), scale: [-1], shift: [0], name: node.name + ".negative")
    return [.value(try add([try node.value(0), negative], name: node.name))]
  }

  fileprivate func quotient(_ node: NodeView) throws(Refusal) -> [Binding] {
    guard case .constant(let constant)? = node.inputs[1] else {
      throw Refusal("divides by what the network computes, expected a constant")
    }
    return [.value(try affine(try node.value(0), by: constant, name: node.name) { (1 / $0, 0) })]
  }

  fileprivate func product(_ node: NodeView) throws(Refusal) -> [Binding] {
    for (constant, value) in [(1, 0), (0, 1)] {
      guard case .constant(let tensor)? = node.inputs[constant] else { continue }
      return [.value(try affine(try node.value(value), by: tensor, name: node.name) { ($0, 0) })]
    }
    let factors = [try natural(try node.value(0), name: node.name), try natural(try node.value(1), name: node.name)]
    for (factor, other) in [(factors[0], factors[1]), (factors[1], factors[0])] {
      guard let gate = gates[other.tensor], gate.of == factor.tensor, let high = gate.high, high > 0,
        abs(gate.slope / high - 1 / 6) < 1e-6, abs(gate.offset / high - 0.5) < 1e-6
      else { continue }
      let swish = try add(.activation(.hardSwish), [factor.tensor], name: node.name)
      let result = Carried(shape: factor.shape, tensor: swish, order: factor.order)
      return [.value(try affine(result, scale: [high], shift: [0], name: node.name + ".scaled"))]
    }
    throw Refusal("multiplies two values that the network computes, expected a constant (or the gate of Hard Swish)")
  }

  // MARK: Lines

  /// `y = a·x + b`, where a line per number of a constant gives `a` and `b`.
  func affine(
    _ value: Carried, by constant: HostTensor, name: String, _ line: (Double) -> (Double, Double)
  ) throws(Refusal) -> Carried {
    try spend(constant.count)
    var value = try natural(value, name: name)
    let rank = value.shape.count
    let varying = constant.shape.indices.filter { constant.shape[$0] != 1 }
    if constant.shape.count > rank {
      guard constant.shape.dropLast(rank).allSatisfy({ $0 == 1 }) else { throw broadcast(value, constant) }
      value.shape = [Int](repeating: 1, count: constant.shape.count - rank) + value.shape
      if case .axes = value.order { throw broadcast(value, constant) }
    }
    let offset = value.shape.count - constant.shape.count
    guard varying.allSatisfy({ constant.shape[$0] == value.shape[offset + $0] }) else {
      throw broadcast(value, constant)
    }
    let lines = constant.reals.map(line)
    if varying.isEmpty || (varying.count == 1 && isChannelAxis(offset + varying[0], of: value)) {
      return try affine(value, scale: lines.map(\.0), shift: lines.map(\.1), name: name)
    }
    // A line for each element: the value becomes a vector.
    guard value.order == .same, let count = value.shape.boundedProduct, count <= ONNXLimits.vectorElements else {
      throw Refusal(
        "combines \(describe(value.shape)) with a constant of \(describe(constant.shape)), expected one number, one per "
          + "channel, or a value of at most \(ONNXLimits.vectorElements) elements")
    }
    let indices = Self.broadcast(constant.shape, to: value.shape)
    let vector = Carried(shape: value.shape, tensor: try flatten(value.tensor, name: name))
    return try affine(vector, scale: indices.map { lines[$0].0 }, shift: indices.map { lines[$0].1 }, name: name)
  }

  private func broadcast(_ value: Carried, _ constant: HostTensor) -> Refusal {
    Refusal("combines \(describe(value.shape)) with a constant of \(describe(constant.shape)), which would widen it")
  }

  /// For each element of `shape`, in order, the element of a constant of shape `from` that meets it.
  static func broadcast(_ from: [Int], to shape: [Int]) -> [Int] {
    let padded = [Int](repeating: 1, count: shape.count - from.count) + from
    var indices = [0]
    for (axis, extent) in shape.enumerated() {
      let stride = padded[axis] == 1 ? 0 : padded[(axis + 1)...].reduce(1, *)
      indices = indices.flatMap { start in (0..<extent).map { start + $0 * stride } }
    }
    return indices
  }

  /// `y = scale · x + shift` with one number each, or one per channel, as a batch norm.
  func affine(_ value: Carried, scale: [Double], shift: [Double], name: String) throws(Refusal) -> Carried {
    let value = try whole(value, name: name)
    let channels = graph.shape(of: value.tensor)[1]
    let (a, b) = (spread(scale, channels), spread(shift, channels))
    if a.allSatisfy({ $0 == 1 }), b.allSatisfy({ $0 == 0 }) { return value }
    guard zip(a, b).allSatisfy({ Float($0).isFinite && Float($1).isFinite }) else {
      throw Refusal("combines with a constant that is not finite as a float")
    }
    var result = value
    result.tensor = try addLine(value.tensor, a, b, name: name)
    if scale.count == 1, shift.count == 1 { gates[result.tensor] = line(of: value.tensor, scale[0], shift[0]) }
    return result
  }

  private func spread(_ numbers: [Double], _ count: Int) -> [Double] {
    numbers.count == 1 ? [Double](repeating: numbers[0], count: count) : numbers
  }

  private func line(of tensor: Int, _ scale: Double, _ shift: Double) -> Gate? {
    guard let gate = gates[tensor] else { return Gate(of: tensor, slope: scale, offset: shift) }
    if gate.high != nil, scale <= 0 || shift != 0 { return nil }
    return Gate(
      of: gate.of, slope: gate.slope * scale, offset: gate.offset * scale + shift, high: gate.high.map { $0 * scale })
  }

  private func addLine(_ tensor: Int, _ scale: [Double], _ shift: [Double], name: String) throws(Refusal) -> Int {
    try spend(4 * scale.count)
    let shape = [scale.count]
    let parameters = [
      parameter(name + ".scale", shape: shape, scale.map { Float($0) }),
      parameter(name + ".shift", shape: shape, shift.map { Float($0) }),
      parameter(name + ".mean", shape: shape, [Float](repeating: 0, count: scale.count)),
      parameter(name + ".variance", shape: shape, [Float](repeating: 1, count: scale.count)),
    ]
    return try add(.batchNorm(BatchNorm(epsilon: 0)), [tensor], parameters, name: name)
  }
}
