import CHRNKernels
import HRNFormat

extension Binder {
  /// Binds a linear node by the type of its weights.
  func bind(_ linear: Linear, of node: Node, _ plan: NodePlan) throws(SessionError) -> Step {
    guard let weight = node.parameters.first, graph.tensors.indices.contains(weight),
      graph.tensors[weight].shape.count == 2, node.inputs.count == 1 || node.inputs.count == 2
    else { throw node.fault("a linear node has one or two inputs, and weights of two dimensions") }
    let shape = graph.tensors[weight].shape
    let type = graph.tensors[weight].elementType, isInt8 = type == .int8
    guard isInt8 || type == .float32 || type == .bfloat16 else {
      throw node.unsupported("a linear node with \(type.name) weights")
    }
    let outputs = try node.int32(shape[0]), depth = try node.int32(shape[1])
    let input = try activation(node.inputs[0], isInt8 ? .uint8 : .float32, of: node)
    guard try input.vectorCount(of: node) == depth else { throw node.fault("its weights do not fit its input") }
    let addend = node.inputs.count == 2 ? try activation(node.inputs[1], .float32, of: node) : nil
    if let addend, try addend.vectorCount(of: node) != outputs { throw node.fault("its addend has another length") }

    let parts = LinearParts(
      outputs: outputs, depth: depth, lanes: Lanes.rounded(Int(outputs)),
      addend: addend.map { UnsafePointer($0.floats) },
      function: ElementFunction(linear.activation, kernels), isSplit: plan.split == .groups)
    return isInt8 ? try bindInt8(parts, input, of: node) : try bindFloat(parts, input, of: node)
  }

  private func bindFloat(_ parts: LinearParts, _ input: Place, of node: Node) throws(SessionError) -> Step {
    guard node.parameters.count == 2 else { throw node.fault("a float linear node has weights and a bias") }
    let output = try activation(node.outputs[0], .float32, of: node)
    guard try output.vectorCount(of: node) == parts.outputs else { throw node.fault("its output has another length") }
    let sums: UnsafeMutablePointer<Float>
    if node.plan?.scratch != nil {
      sums = try scratch(node, bytes: parts.lanes * 4).assumingMemoryBound(to: Float.self)
    } else {
      guard output.byteCount >= parts.lanes * 4 else { throw node.fault("it has no room for its accumulators") }
      sums = output.floats
    }
    let weights: LinearFloat.Weights =
      graph.tensors[node.parameters[0]].elementType == .bfloat16
      ? .halves(try linearWeights(parts, .bfloat16, as: UInt16.self, of: node))
      : .floats(try linearWeights(parts, .float32, as: Float.self, of: node))
    let bias = try constant(node.parameters[1], .float32, count: parts.lanes, as: Float.self, of: node)
    if blas != nil, case .floats(let weights) = weights {
      return LinearBLAS(
        kernels, parts, input: UnsafePointer(input.floats), weights: weights, bias: bias, sums: sums,
        output: output.floats)
    }
    return LinearFloat(
      kernels, parts, input: UnsafePointer(input.floats), weights: weights, bias: bias, sums: sums,
      output: output.floats)
  }

  private func bindInt8(_ parts: LinearParts, _ input: Place, of node: Node) throws(SessionError) -> Step {
    guard node.parameters.count == 3, graph.tensors.indices.contains(node.outputs[0]) else {
      throw node.fault("an int8 linear node has weights, a bias and a multiplier")
    }
    let type = graph.tensors[node.outputs[0]].elementType
    let output = try activation(node.outputs[0], type, of: node)
    guard try output.vectorCount(of: node) == parts.outputs else { throw node.fault("its output has another length") }
    let result: LinearInt8.Result
    switch type {
    case .float32: result = .float(output.floats)
    case .uint8:
      guard let multiplier = node.requantization?.outputMultiplier else {
        throw node.fault("it writes uint8 and has no output multiplier")
      }
      result = .bytes(output.bytes, multiplier: multiplier, zero: try output.quantization(of: node).zero)
    default: throw node.fault("it writes \(type.name)")
    }
    return LinearInt8(
      kernels, parts, input: UnsafePointer(input.bytes),
      weights: try linearWeights(parts, .int8, as: Int8.self, of: node),
      bias: try constant(node.parameters[1], .int32, count: parts.lanes, as: Int32.self, of: node),
      multiplier: try constant(node.parameters[2], .float32, count: parts.lanes, as: Float.self, of: node),
      sums: try scratch(node, bytes: parts.lanes * 4).assumingMemoryBound(to: Int32.self), result: result)
  }

  private func linearWeights<Element>(
    _ parts: LinearParts, _ type: ElementType, as element: Element.Type, of node: Node
  ) throws(SessionError) -> UnsafePointer<Element> {
    try packedWeights(
      node.parameters[0], type, outputs: Int(parts.outputs), blocks: 1, taps: 1, block: parts.packedDepth, as: element,
      of: node)
  }
}

/// What linear nodes of both precisions have.
struct LinearParts {
  var outputs: Int32
  var depth: Int32
  /// Outputs rounded up to whole vectors.
  var lanes: Int
  var addend: UnsafePointer<Float>?
  var function: ElementFunction
  var isSplit: Bool

  var groups: Int32 { Lanes.groups(outputs) }
  var items: Int32 { isSplit ? groups : 1 }
  /// The depth in the packed weights, a multiple of four.
  var packedDepth: Int { (Int(depth) + 3) / 4 * 4 }

  /// The groups of an item.
  func groups(of item: Int32) -> Extent {
    isSplit ? Extent(piece: item, of: 1, count: groups) : Extent(all: groups)
  }

  /// The outputs of a group.
  func outputs(of group: Int32) -> Extent { Extent(piece: group, of: Lanes.perGroup, count: outputs) }
}

/// `y = f(x·Wᵀ + b + addend)` in float32, group by group.
final class LinearFloat: Step {
  enum Weights {
    case floats(UnsafePointer<Float>)
    case halves(UnsafePointer<UInt16>)
  }

  private let kernels: UnsafePointer<hrn_kernels>
  private let parts: LinearParts
  private let input: UnsafePointer<Float>
  private let weights: Weights
  private let bias: UnsafePointer<Float>
  private let sums: UnsafeMutablePointer<Float>
  private let output: UnsafeMutablePointer<Float>

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ parts: LinearParts, input: UnsafePointer<Float>, weights: Weights,
    bias: UnsafePointer<Float>, sums: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>
  ) {
    self.kernels = kernels
    self.parts = parts
    self.input = input
    self.weights = weights
    self.bias = bias
    self.sums = sums
    self.output = output
    super.init(items: parts.items)
  }

  override func run(item: Int32) {
    let groups = parts.groups(of: item)
    for group in groups.first..<groups.end { run(group) }
  }

  /// A group is given to the kernel as a matrix of its own, so that the depth may be the true one, and what lies in
  /// memory after the last input does not matter.
  private func run(_ group: Int32) {
    let extent = parts.outputs(of: group)
    let first = Int(extent.first), count = extent.end - extent.first
    let (bias, sums) = (bias + first, sums + first)
    switch weights {
    case .floats(let weights):
      kernels.pointee.linear_f32(input, weights + first * parts.packedDepth, bias, sums, parts.depth, count, 0, 1)
    case .halves(let weights):
      kernels.pointee.linear_bf16(input, weights + first * parts.packedDepth, bias, sums, parts.depth, count, 0, 1)
    }
    finishLinear(parts, kernels, from: sums, to: output + first, first, Int64(count))
  }
}

/// `t = Float(acc) · multiplier (+ addend)`, `f(t)`, and to uint8 `round(f(t) · multiplier + zero)`.
final class LinearInt8: Step {
  enum Result {
    case float(UnsafeMutablePointer<Float>)
    case bytes(UnsafeMutablePointer<UInt8>, multiplier: Float, zero: Float)
  }

  private let kernels: UnsafePointer<hrn_kernels>
  private let parts: LinearParts
  private let input: UnsafePointer<UInt8>
  private let weights: UnsafePointer<Int8>
  private let bias: UnsafePointer<Int32>
  private let multiplier: UnsafePointer<Float>
  private let sums: UnsafeMutablePointer<Int32>
  private let result: Result

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ parts: LinearParts, input: UnsafePointer<UInt8>,
    weights: UnsafePointer<Int8>, bias: UnsafePointer<Int32>, multiplier: UnsafePointer<Float>,
    sums: UnsafeMutablePointer<Int32>, result: Result
  ) {
    self.kernels = kernels
    self.parts = parts
    self.input = input
    self.weights = weights
    self.bias = bias
    self.multiplier = multiplier
    self.sums = sums
    self.result = result
    super.init(items: parts.items)
  }

  override func run(item: Int32) {
    let groups = parts.groups(of: item)
    kernels.pointee.linear_i8(
      input, weights, bias, sums, Int32(parts.packedDepth), parts.outputs, groups.first, groups.end)
    for group in groups.first..<groups.end { finish(group) }
  }

  private func finish(_ group: Int32) {
    let table = kernels.pointee
    let extent = parts.outputs(of: group)
    let first = Int(extent.first), count = Int64(extent.end - extent.first)
    let addend = parts.addend.map { $0 + first }
    switch result {
    case .float(let output):
      table.dequantize_i32(sums + first, multiplier + first, addend, output + first, count)
      parts.function.apply(output + first, output + first, count)
    case .bytes(let output, let scale, let zero):
      withUnsafeTemporaryAllocation(of: Float.self, capacity: Int(HRN_GROUP_LANES)) { values in
        let values = values.baseAddress!
        table.dequantize_i32(sums + first, multiplier + first, addend, values, count)
        parts.function.apply(values, values, count)
        table.quantize_u8(values, scale, zero, 0, 255, output + first, count)
      }
    }
  }
}

/// Adds the addend to sums of a float linear, applies its function and leaves the result in `output`, which may be
/// where the sums are.
func finishLinear(
  _ parts: LinearParts, _ kernels: UnsafePointer<hrn_kernels>, from sums: UnsafeMutablePointer<Float>,
  to output: UnsafeMutablePointer<Float>, _ first: Int, _ count: Int64
) {
  var values = UnsafePointer(sums)
  if let addend = parts.addend {
    kernels.pointee.add_f32(values, addend + first, output, count)
    values = UnsafePointer(output)
  }
  if parts.function.isIdentity {
    if values != UnsafePointer(output) { output.update(from: values, count: Int(count)) }
  } else {
    parts.function.apply(values, output, count)
  }
}
