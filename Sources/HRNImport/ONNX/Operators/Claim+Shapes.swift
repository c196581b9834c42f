import HRNFormat
import HRNGraph

extension Claim {
  static let shapes = [
    Claim(
      "Reshape", inputs: 2...2, takes: "a value in its own order, or a transposed map laid in one row; folded",
      becomes: "nothing; flatten where a vector is read", attributes: [.integer("allowzero", 0...1)]
    ) { (mapping, node) throws(Refusal) in
      guard let target = try node.integers(input: 1) else { throw Refusal("has no shape") }
      let allowsZero = try node.integer("allowzero", default: 0) == 1
      return try mapping.reshape(node) { (shape) throws(Refusal) in
        try Mapping.resolve(target, from: shape, allowsZero: allowsZero)
      }
    },
    Claim(
      "Flatten", takes: "as Reshape; folded", becomes: "nothing; flatten where a vector is read",
      attributes: [.described("axis", "an axis")]
    ) { (mapping, node) throws(Refusal) in
      let stated = try node.integer("axis", default: 1)
      return try mapping.reshape(node) { (shape) throws(Refusal) in
        let axis = stated == shape.count ? stated : try node.axis(stated, rank: shape.count)
        return [shape[..<axis].reduce(1, *), shape[axis...].reduce(1, *)]
      }
    },
    Claim(
      "Squeeze", inputs: 1...2, takes: "as Reshape; constant axes; folded", becomes: "nothing",
      attributes: [.described("axes", "whole numbers", until: 12)]
    ) { (mapping, node) throws(Refusal) in
      let axes = try node.integers("axes", orInput: 1)
      return try mapping.reshape(node) { (shape) throws(Refusal) in try Mapping.squeezed(shape, axes, node) }
    },
    Claim(
      "Unsqueeze", inputs: 1...2, takes: "as Reshape; constant axes; folded", becomes: "nothing",
      attributes: [.described("axes", "whole numbers", until: 12)]
    ) { (mapping, node) throws(Refusal) in
      guard let axes = try node.integers("axes", orInput: 1) else { throw Refusal("has no axes") }
      return try mapping.reshape(node) { (shape) throws(Refusal) in try Mapping.unsqueezed(shape, axes, node) }
    },
    Claim(
      "Transpose",
      takes: "a map [1, C, H, W] that a later Transpose, reduction or linear takes back; axes of one element; folded",
      becomes: "nothing",
      attributes: [.described("perm", "an order of the axes")]
    ) { (mapping, node) throws(Refusal) in try mapping.transpose(node) },
    Claim("Identity", takes: "a value of any rank; folded", becomes: "nothing") {
      (_, node) throws(Refusal) in [try node.any(0)]
    },
    Claim(
      "Dropout", inputs: 1...3, takes: "a value of any rank; the mask is not given; folded", becomes: "nothing",
      attributes: [.ignored("ratio"), .ignored("seed"), .integer("is_test", 0...1)]
    ) { (_, node) throws(Refusal) in
      if let training = try node.constant(2), training.scalar != 0 { throw Refusal("drops in training, expected not") }
      return [try node.any(0)]
    },
    Claim(
      "Cast", takes: "a value of any rank to a type of floats; folded to any type that is read",
      becomes: "nothing: all floats are computed in 32 bits",
      attributes: [.described("to", "a type"), .ignored("saturate"), .ignored("round_mode")]
    ) { (mapping, node) throws(Refusal) in try mapping.cast(node) },
  ]
}

extension NodeView {
  /// An input of any kind.
  func any(_ index: Int) throws(Refusal) -> Binding {
    guard inputs.indices.contains(index), let binding = inputs[index] else { throw Refusal("lacks input \(index)") }
    if case .failed = binding { throw .consequence }
    return binding
  }
}

extension Mapping {
  // MARK: Shapes of values and constants

  fileprivate func reshape(
    _ node: NodeView, _ target: ([Int]) throws(Refusal) -> [Int]
  ) throws(Refusal) -> [Binding] {
    if case .constant(let tensor) = try node.any(0) {
      let shape = try target(tensor.shape)
      guard shape.boundedProduct == tensor.count else { throw mismatch(tensor.shape, shape) }
      return [.constant(tensor.reshaped(shape))]
    }
    let value = try whole(try node.value(0), name: node.name)
    let shape = try target(value.shape)
    guard shape.boundedProduct == value.shape.boundedProduct, shape.count <= ONNXLimits.rank else {
      throw mismatch(value.shape, shape)
    }
    var result = value
    result.shape = shape
    switch value.order {
    case .same: break
    case .row: guard shape.withoutOnes.count <= 1 else { throw transposed(value.shape, shape) }
    case .axes(let axes):
      guard shape != value.shape else { break }
      guard shape.withoutOnes.count <= 1 else { throw transposed(value.shape, shape) }
      result.order = .row(axes)
    }
    return [.value(result)]
  }

  private func mismatch(_ from: [Int], _ to: [Int]) -> Refusal {
    Refusal(
      "reshapes \(describe(from)) to \(describe(to)), which has another number of elements; is a batch written into it?"
    )
  }

  private func transposed(_ from: [Int], _ to: [Int]) -> Refusal {
    Refusal("reshapes a transposed map \(describe(from)) to \(describe(to)), expected one row")
  }

  /// ONNX's target shape with its 0 (the extent that is there) and −1 (what is left) filled in.
  fileprivate static func resolve(_ target: [Int], from shape: [Int], allowsZero: Bool) throws(Refusal) -> [Int] {
    guard target.count <= ONNXLimits.rank, target.count(where: { $0 == -1 }) <= 1,
      target.allSatisfy({ $0 >= -1 && $0 <= Limits.elements })
    else { throw Refusal("has the shape \(target), expected extents and at most one -1") }
    var result = target
    if !allowsZero {
      for (axis, extent) in target.enumerated() where extent == 0 {
        guard axis < shape.count else { throw Refusal("keeps axis \(axis) of \(describe(shape)), which it lacks") }
        result[axis] = shape[axis]
      }
    }
    guard let open = result.firstIndex(of: -1) else { return result }
    result[open] = 1
    guard let rest = result.boundedProduct, let count = shape.boundedProduct, rest > 0, count.isMultiple(of: rest)
    else {
      throw Refusal("reshapes \(describe(shape)) to \(target), which does not divide it")
    }
    result[open] = count / rest
    return result
  }

  fileprivate static func squeezed(_ shape: [Int], _ axes: [Int]?, _ node: NodeView) throws(Refusal) -> [Int] {
    guard let axes else { return shape.withoutOnes }
    var removed = Set<Int>()
    for axis in axes { removed.insert(try node.axis(axis, rank: shape.count)) }
    guard removed.allSatisfy({ shape[$0] == 1 }) else {
      throw Refusal("squeezes the axes \(axes) of \(describe(shape)), expected axes of 1")
    }
    return shape.indices.filter { !removed.contains($0) }.map { shape[$0] }
  }

  fileprivate static func unsqueezed(_ shape: [Int], _ axes: [Int], _ node: NodeView) throws(Refusal) -> [Int] {
    let rank = shape.count + axes.count
    guard rank <= ONNXLimits.rank else { throw Refusal("gives \(rank) axes, expected at most \(ONNXLimits.rank)") }
    var added = Set<Int>()
    for axis in axes { added.insert(try node.axis(axis, rank: rank)) }
    guard added.count == axes.count else { throw Refusal("adds an axis twice, \(axes)") }
    var rest = shape[...]
    return (0..<rank).map { added.contains($0) ? 1 : rest.removeFirst() }
  }

  // MARK: Transpose

  fileprivate func transpose(_ node: NodeView) throws(Refusal) -> [Binding] {
    let binding = try node.any(0)
    let shape: [Int]
    switch binding {
    case .constant(let tensor): shape = tensor.shape
    default: shape = try node.value(0).shape
    }
    let order = try node.integers("perm") ?? Array((0..<shape.count).reversed())
    guard order.sorted() == Array(0..<shape.count) else {
      throw Refusal("has perm \(order) for \(counted(shape.count, "axis", plural: "axes"))")
    }
    let target = order.map { shape[$0] }
    let moved = order.filter { shape[$0] != 1 }
    if case .constant(let tensor) = binding {
      if moved == moved.sorted() { return [.constant(tensor.reshaped(target))] }
      try spend(tensor.count)
      return [.constant(try picked(tensor, Self.transposed(shape, order), shape: target, node))]
    }
    let value = try whole(try node.value(0), name: node.name)
    var result = value
    result.shape = target
    if moved == moved.sorted() {
      if case .axes(let axes) = value.order { result.order = .axes(order.map { axes[$0] }) }
      return [.value(result)]
    }
    let before: [Int]
    switch value.order {
    case .axes(let axes): before = axes
    case .same where shape.count == 4 && graph.shape(of: value.tensor) == shape: before = [0, 1, 2, 3]
    default: throw Refusal("transposes \(describe(shape)), expected a map [1, C, H, W]")
    }
    let axes = order.map { before[$0] }
    let carrier = graph.shape(of: value.tensor)
    let rest = axes.filter { carrier[$0] != 1 }
    result.order = axes == [0, 1, 2, 3] || (rest == rest.sorted() && target == carrier) ? .same : .axes(axes)
    if rest == rest.sorted(), target != carrier { result.order = .same }
    return [.value(result)]
  }

  /// For each element of the transposed tensor, in order, its place before.
  private static func transposed(_ shape: [Int], _ order: [Int]) -> [Int] {
    let strides = shape.indices.map { shape[($0 + 1)...].reduce(1, *) }
    var places = [0]
    for axis in order {
      places = places.flatMap { start in (0..<shape[axis]).map { start + $0 * strides[axis] } }
    }
    return places
  }

  // MARK: Cast

  fileprivate func cast(_ node: NodeView) throws(Refusal) -> [Binding] {
    let number = try node.integer("to", default: 0)
    guard let type = ONNXElementType(rawValue: number) else {
      throw Refusal("casts to \(ONNXElementType.name(Int64(number))), which is not read")
    }
    guard case .constant(let tensor) = try node.any(0) else {
      guard type.isReal else { throw Refusal("casts what the network computes to \(type.name)") }
      if type == .float16 || type == .bfloat16 {
        note("a cast to \(type.name) is passed over: everything is computed in float32")
      }
      return [.value(try node.value(0))]
    }
    if type != tensor.type { try spend(tensor.count) }
    return [.constant(try tensor.cast(to: type, name: node.result))]
  }
}

extension HostTensor {
  /// The same numbers as another type; fractions are cut where it has none.
  func cast(to target: ONNXElementType, name: String) throws(Refusal) -> HostTensor {
    guard target != type else { return self }
    if case .filled(let value) = elements, target.isReal {
      return HostTensor(name, shape: shape, type: target, .filled(value))
    }
    if target.isReal {
      return HostTensor(name, shape: shape, type: target, target == .float ? .floats(floats) : .reals(reals))
    }
    var values: [Int64] = []
    for real in reals {
      let whole = target == .bool ? (real == 0 ? 0 : 1) : real.rounded(.towardZero)
      guard let value = Int64(exactly: whole) else { throw Refusal("casts \(real) to \(target.name)") }
      values.append(value)
    }
    return HostTensor(name, shape: shape, type: target, .integers(values))
  }
}
