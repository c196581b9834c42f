import HRNFormat
import HRNGraph

extension Claim {
  static let selections = [
    Claim(
      "Concat", inputs: 1...Limits.nodeInputs,
      takes: "maps along their channels (NHWC too), or vectors; folded", becomes: "concat",
      attributes: [.described("axis", "the axis of the channels")]
    ) { (mapping, node) throws(Refusal) in try mapping.concat(node) },
    Claim(
      "Slice", inputs: 1...5,
      takes: "channels of a map or elements of a vector, in steps of 1; constant bounds; folded",
      becomes: "slice",
      attributes: ["starts", "ends", "axes"].map { .described($0, "whole numbers", until: 9) }
    ) { (mapping, node) throws(Refusal) in try mapping.slice(node) },
    Claim(
      "Split", inputs: 1...2, outputs: 1...Limits.outputs,
      takes: "channels of a map or elements of a vector; constant sizes", becomes: "slice",
      attributes: [
        .described("axis", "the axis of the channels"), .described("split", "whole numbers", until: 12),
        .described("num_outputs", "a number"),
      ]
    ) { (mapping, node) throws(Refusal) in try mapping.split(node) },
    Claim(
      "Gather", inputs: 2...2,
      takes: "neighbouring channels of a map, or any elements of a vector; constant indices; folded",
      becomes: "slice; a linear that picks where they are no neighbours",
      attributes: [.described("axis", "the axis of the channels")]
    ) { (mapping, node) throws(Refusal) in try mapping.gather(node) },
  ]
}

extension Mapping {
  // MARK: Concat

  fileprivate func concat(_ node: NodeView) throws(Refusal) -> [Binding] {
    guard node.has("axis") else { throw Refusal("has no axis") }
    if node.isConstant { return try foldConcat(node) }
    var values: [Carried] = []
    for index in node.inputs.indices where !node.isEmpty(index) {
      values.append(try natural(try node.value(index), name: node.name))
    }
    guard let first = values.first else { throw Refusal("joins nothing") }
    let axis = try node.axis(try node.integer("axis", default: 1), rank: first.shape.count)
    if values.count == 1 { return [.value(first)] }
    var shape = first.shape
    shape[axis] = 0
    for value in values {
      guard value.shape.count == shape.count, value.order == first.order,
        value.shape.indices.allSatisfy({ $0 == axis || value.shape[$0] == shape[$0] })
      else { throw Refusal("joins \(describe(first.shape)) and \(describe(value.shape)) along axis \(axis)") }
      shape[axis] += value.shape[axis]
    }
    if values.allSatisfy({ isChannelAxis(axis, of: $0) && graph.shape(of: $0.tensor).count == 4 }),
      Set(values.map { Array(graph.shape(of: $0.tensor)[2...]) }).count == 1
    {
      let joined = try add(.concat(Concat()), values.map(\.tensor), name: node.name)
      return bind(joined, shape: shape, order: first.order)
    }
    guard first.shape[..<axis].allSatisfy({ $0 == 1 }), first.order == .same else {
      throw Refusal("joins \(describe(first.shape)) along axis \(axis), expected that of the channels")
    }
    var vectors: [Int] = []
    for value in values { vectors.append(try flatten(value.tensor, name: node.name)) }
    return bind(try add(.concat(Concat()), vectors, name: node.name), shape: shape)
  }

  private func foldConcat(_ node: NodeView) throws(Refusal) -> [Binding] {
    var tensors: [HostTensor] = []
    for index in node.inputs.indices { tensors.append(try node.requiredConstant(index)) }
    let first = tensors[0]
    let axis = try node.axis(try node.integer("axis", default: 0), rank: first.shape.count)
    var shape = first.shape
    shape[axis] = 0
    for tensor in tensors {
      guard tensor.shape.count == shape.count, tensor.type == first.type,
        tensor.shape.indices.allSatisfy({ $0 == axis || tensor.shape[$0] == shape[$0] })
      else { throw Refusal("joins \(describe(first.shape)) and \(describe(tensor.shape)) along axis \(axis)") }
      shape[axis] += tensor.shape[axis]
    }
    guard let count = shape.boundedProduct else { throw Refusal("joins constants to \(describe(shape))") }
    try spend(count)
    let blocks = tensors.map { (values: $0.reals, size: $0.shape[axis...].reduce(1, *)) }
    var reals: [Double] = []
    for row in 0..<shape[..<axis].reduce(1, *) {
      for block in blocks { reals += block.values[row * block.size..<(row + 1) * block.size] }
    }
    return [.constant(HostTensor(node.result, shape: shape, type: first.type, .reals(reals)))]
  }

  // MARK: Slices

  /// A run of indices along one axis of a value; none of them is a constant without elements.
  private func part(_ value: Carried, axis: Int, from begin: Int, count: Int, _ node: NodeView) throws(Refusal)
    -> Binding
  {
    guard count <= 0 else { return .value(try run(value, axis: axis, from: begin, count: count, name: node.name)) }
    var shape = value.shape
    shape[axis] = 0
    return .constant(HostTensor(node.result, shape: shape, type: .float, .reals([])))
  }

  private func run(_ value: Carried, axis: Int, from begin: Int, count: Int, name: String) throws(Refusal) -> Carried {
    let value = try natural(value, name: name)
    var result = value
    result.shape[axis] = count
    if begin == 0, count == value.shape[axis] { return value }
    if isChannelAxis(axis, of: value), graph.shape(of: value.tensor).count == 4 {
      result.tensor = try add(.slice(Slice(begin: begin, count: count)), [value.tensor], name: name)
      return result
    }
    guard value.order == .same, value.shape[..<axis].allSatisfy({ $0 == 1 }) else {
      throw Refusal("takes a part of axis \(axis) of \(describe(value.shape)), expected that of the channels")
    }
    let inner = value.shape[(axis + 1)...].reduce(1, *)
    let vector = try flatten(value.tensor, name: name)
    result.tensor = try add(.slice(Slice(begin: begin * inner, count: count * inner)), [vector], name: name)
    return result
  }

  fileprivate func slice(_ node: NodeView) throws(Refusal) -> [Binding] {
    let isOld = node.opset < 10
    guard let starts = try isOld ? node.integers("starts") : node.integers(input: 1),
      let ends = try isOld ? node.integers("ends") : node.integers(input: 2)
    else { throw Refusal("has no bounds") }
    let axes = try (isOld ? node.integers("axes") : node.integers(input: 3)) ?? Array(starts.indices)
    let steps = try (isOld ? nil : node.integers(input: 4)) ?? [Int](repeating: 1, count: starts.count)
    guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count else {
      throw Refusal("has \(starts.count) starts, \(ends.count) ends, \(axes.count) axes and \(steps.count) steps")
    }
    if case .constant(let tensor) = try node.any(0) {
      return [.constant(try sliced(tensor, starts, ends, axes, steps, node))]
    }
    var value = try node.value(0)
    for (index, axis) in axes.enumerated() {
      let axis = try node.axis(axis, rank: value.shape.count)
      guard steps[index] == 1 else { throw Refusal("takes every \(steps[index])th of axis \(axis), expected each") }
      let extent = value.shape[axis]
      let begin = Self.bound(starts[index], extent)
      let end = Self.bound(ends[index], extent)
      let part = try part(value, axis: axis, from: begin, count: end - begin, node)
      guard case .value(let rest) = part else { return [part] }
      value = rest
    }
    return [.value(value)]
  }

  /// A bound of a slice, counted from the front and brought into the axis.
  private static func bound(_ bound: Int, _ extent: Int) -> Int {
    min(max(bound < 0 ? (bound < -extent ? 0 : bound + extent) : bound, 0), extent)
  }

  private func sliced(
    _ tensor: HostTensor, _ starts: [Int], _ ends: [Int], _ axes: [Int], _ steps: [Int], _ node: NodeView
  ) throws(Refusal) -> HostTensor {
    var indices = tensor.shape.map { Array(0..<$0) }
    try spend(tensor.count)
    for (index, axis) in axes.enumerated() {
      let axis = try node.axis(axis, rank: tensor.shape.count)
      let (extent, step) = (tensor.shape[axis], steps[index])
      guard step != 0, step > Int.min / 2, step < Int.max / 2 else { throw Refusal("has a step of \(step)") }
      if step > 0 {
        indices[axis] = Array(
          stride(from: Self.bound(starts[index], extent), to: Self.bound(ends[index], extent), by: step))
      } else {
        let last = min(
          starts[index] < -extent ? -1 : starts[index] < 0 ? starts[index] + extent : starts[index], extent - 1)
        let stop = ends[index] < -extent ? -1 : ends[index] < 0 ? ends[index] + extent : min(ends[index], extent)
        indices[axis] = Array(stride(from: last, to: stop, by: step))
      }
    }
    let strides = tensor.shape.indices.map { tensor.shape[($0 + 1)...].reduce(1, *) }
    var places = [0]
    for (axis, chosen) in indices.enumerated() {
      places = places.flatMap { start in chosen.map { start + $0 * strides[axis] } }
    }
    return try picked(tensor, places, shape: indices.map(\.count), node)
  }

  fileprivate func split(_ node: NodeView) throws(Refusal) -> [Binding] {
    let value = try node.value(0)
    let axis = try node.axis(try node.integer("axis", default: 0), rank: value.shape.count)
    let parts = try node.integer("num_outputs", default: node.message.outputs.count)
    let extent = value.shape[axis]
    guard parts > 0, parts <= Limits.outputs else { throw Refusal("splits into \(parts) parts") }
    let size = (extent + parts - 1) / parts
    let sizes =
      try node.integers("split", orInput: 1)
      ?? (0..<parts).map { max(0, min(size, extent - $0 * size)) }
    guard sizes.allSatisfy({ $0 >= 0 && $0 <= extent }), sizes.reduce(0, +) == extent,
      sizes.count == node.message.outputs.count
    else { throw Refusal("splits axis \(axis) of \(describe(value.shape)) into \(sizes)") }
    var bindings: [Binding] = []
    var begin = 0
    for size in sizes {
      bindings.append(try part(value, axis: axis, from: begin, count: size, node))
      begin += size
    }
    return bindings
  }

  fileprivate func gather(_ node: NodeView) throws(Refusal) -> [Binding] {
    let chosen = try node.requiredConstant(1)
    guard chosen.count <= ONNXLimits.foldedElements, let stated = chosen.integers else {
      throw Refusal("has indices that are not whole numbers")
    }
    let binding = try node.any(0)
    let shape: [Int]
    switch binding {
    case .constant(let tensor): shape = tensor.shape
    default: shape = try node.value(0).shape
    }
    let axis = try node.axis(try node.integer("axis", default: 0), rank: shape.count)
    var indices: [Int] = []
    for index in stated { indices.append(try position(index, shape[axis])) }
    let target = Array(shape[..<axis]) + chosen.shape + shape[(axis + 1)...]
    if case .constant(let tensor) = binding {
      let inner = shape[(axis + 1)...].reduce(1, *)
      guard let count = target.boundedProduct else { throw Refusal("gathers \(describe(target))") }
      try spend(max(count, tensor.count))
      var places: [Int] = []
      for outer in 0..<shape[..<axis].reduce(1, *) {
        for index in indices {
          let start = (outer * shape[axis] + index) * inner
          places += start..<start + inner
        }
      }
      return [.constant(try picked(tensor, places, shape: target, node))]
    }
    guard let begin = indices.first, indices == Array(begin..<begin + indices.count), chosen.shape.count < 2 else {
      return try pick(indices, from: try node.value(0), axis: axis, shape: target, node)
    }
    var result = try run(try node.value(0), axis: axis, from: begin, count: indices.count, name: node.name)
    guard result.order == .same else { throw Refusal("gathers from a transposed map") }
    result.shape = target
    return [.value(result)]
  }

  /// Elements of a vector in any order, by a linear whose rows have one 1 each.
  private func pick(
    _ indices: [Int], from value: Carried, axis: Int, shape: [Int], _ node: NodeView
  ) throws(Refusal) -> [Binding] {
    let inputs = value.shape[axis]
    guard value.shape.withoutOnes.count <= 1, !indices.isEmpty, let count = [indices.count, inputs].boundedProduct
    else {
      throw Refusal(
        "gathers the indices \(indices.prefix(8)) of \(describe(value.shape)), expected neighbours in order")
    }
    try spend(count)
    var rows = [Float](repeating: 0, count: count)
    for (row, index) in indices.enumerated() { rows[row * inputs + index] = 1 }
    let weights = parameter(node.name + ".weight", shape: [indices.count, inputs], rows)
    let picked = try add(.linear(Linear()), [try vector(value, name: node.name)], [weights], name: node.name)
    return bind(picked, shape: shape)
  }

  private func position(_ index: Int, _ extent: Int) throws(Refusal) -> Int {
    guard index >= -extent, index < extent else { throw Refusal("gathers index \(index) of \(extent)") }
    return index < 0 ? index + extent : index
  }
}
