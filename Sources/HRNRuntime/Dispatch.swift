import HRNFormat

extension Binder {
  /// The steps that compute a node, none where there is nothing to compute.
  ///
  /// The one place that chooses: first by the operation, then, in the functions called, by the type of the elements.
  ///
  /// - Throws: `unsupported` for what no kernel here does, `inconsistent` for a node that contradicts its tensors.
  func steps(for node: Node) throws(SessionError) -> [Step] {
    guard let plan = node.plan else { throw node.fault("it has no plan") }
    guard node.outputs.count == 1 else { throw node.fault("it must have one output") }
    if plan.algorithm == .view {
      try checkView(node)
      return []
    }
    if case .convolution(let convolution) = node.operation { return try bind(convolution, of: node, plan) }
    return try step(for: node, plan).map { [$0] } ?? []
  }

  /// The step of a node that is no convolution.
  private func step(for node: Node, _ plan: NodePlan) throws(SessionError) -> Step? {
    switch node.operation {
    case .convolution: preconditionFailure("a convolution may have several steps")
    case .linear(let linear): return try bind(linear, of: node, plan)
    case .activation(let activation): return try bind(activation, of: node)
    case .pool(let pool): return try bind(pool, of: node, plan)
    case .add(let add): return try bind(add, of: node, plan)
    case .softmax: return try bindSoftmax(node)
    case .quantize: return try bindQuantize(node)
    case .dequantize: return try bindDequantize(node)
    case .batchNorm(let norm): return try bind(norm, of: node)
    case .concat: return try bindConcat(node)
    case .slice(let slice): return try bindCopy(slice, of: node)
    case .flatten: return try bindFlatten(node)
    case .treeConstraint(let constraint): return try bind(constraint, of: node)
    case .localResponseNorm(let norm): return try bind(norm, of: node)
    }
  }

  /// Checks that a view's memory is where its meaning says.
  private func checkView(_ node: Node) throws(SessionError) {
    guard node.inputs.count == 1, graph.tensors.indices.contains(node.inputs[0]),
      graph.tensors.indices.contains(node.outputs[0])
    else { throw node.fault("a view has one input and one output") }
    let type = graph.tensors[node.outputs[0]].elementType
    let input = try activation(node.inputs[0], type, of: node)
    let output = try activation(node.outputs[0], type, of: node)
    var offset = 0
    switch node.operation {
    case .flatten:
      let map = try input.map(of: node)
      guard map.height == 1, map.width == 1, output.tensor.layout == .plain,
        output.tensor.shape == [1, Int(map.channels)]
      else { throw node.unsupported("flattening a map larger than 1 × 1") }
    case .slice(let slice):
      guard input.tensor.layout == output.tensor.layout else { throw node.fault("a slice keeps its layout") }
      if case .blocked(let block) = input.tensor.layout {
        let map = try input.map(of: node)
        guard slice.begin % block == 0 else { throw node.fault("a slice begins inside a block of channels") }
        offset = slice.begin / block * Int(map.blockStride)
      } else {
        _ = try input.vectorCount(of: node)
        offset = slice.begin
      }
      guard slice.begin >= 0, slice.count >= 0, slice.begin + slice.count <= input.tensor.shape[1],
        output.tensor.shape[1] == slice.count
      else { throw node.fault("a slice reaches past its input") }
    default: throw node.unsupported("a view of this operation")
    }
    guard output.pointer == input.pointer + offset * type.byteCount else {
      throw node.fault("the view does not lie where its input does")
    }
  }
}
