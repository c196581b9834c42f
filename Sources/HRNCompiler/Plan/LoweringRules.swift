import HRNFormat
import HRNGraph

/// What a node must be for the kernels that there are.
enum LoweringRules {
  /// One input of a batch of one; results that are float vectors and that nodes write.
  static func checkInterface(_ graph: Graph) throws(LoweringError) {
    guard graph.inputs.count == 1 else {
      throw LoweringError(graph: graph.name, reason: "has \(counted(graph.inputs.count, "input")), expected one image")
    }
    let input = graph.tensors[graph.inputs[0]]
    guard input.shape.count == 2 || input.shape.count == 4, input.shape[0] == 1,
      input.shape.allSatisfy({ $0 < 1 << 24 })
    else {
      throw LoweringError(
        graph: graph.name,
        reason: "has an input of shape \(describe(input.shape)), expected [1, C, H, W] or [1, F], less than 2²⁴ each")
    }
    for output in graph.outputs {
      let tensor = graph.tensors[output.tensor]
      guard tensor.elementType == .float32, tensor.shape.count == 2,
        graph.nodes.contains(where: { $0.outputs.contains(output.tensor) })
      else {
        throw LoweringError(
          graph: graph.name,
          reason: "has the output '\(output.name)', \(tensor.elementType.name) \(describe(tensor.shape)); expected "
            + "float32 [1, N] that a node writes")
      }
    }
  }

  /// - Throws: `LoweringError` that names the node and what it has that no kernel does.
  static func check(_ node: Node, in graph: Graph, border: Int?) throws(LoweringError) {
    for index in node.inputs + node.outputs {
      let shape = graph.tensors[index].shape
      guard shape.count == 2 || shape.count == 4, shape[0] == 1 else {
        throw LoweringError(
          node: node.name,
          reason: "'\(graph.tensors[index].name)' has shape \(describe(shape)), not [1, C, H, W] or [1, F]")
      }
    }
    switch node.operation {
    case .convolution(let convolution): try check(convolution, node, graph)
    case .linear: try checkTypes(node, graph)
    case .pool, .batchNorm, .activation, .softmax, .add, .slice, .flatten, .quantize, .dequantize, .concat,
      .treeConstraint, .localResponseNorm:
      break
    }
  }

  private static func check(_ convolution: Convolution, _ node: Node, _ graph: Graph) throws(LoweringError) {
    if let activation = convolution.activation, activation.clamp == nil {
      throw LoweringError(
        node: node.name, reason: "a convolution is fused with ReLU and clip only",
        advice: "skip the pass that fused it")
    }
    guard convolution.globalPool != .max else {
      throw LoweringError(node: node.name, reason: "a convolution is fused with an average pool only")
    }
    try checkTypes(node, graph)
  }

  /// Activations and weights are both float32, both bfloat16, or uint8 and int8; a linear of float32 may have weights of
  /// bfloat16.
  private static func checkTypes(_ node: Node, _ graph: Graph) throws(LoweringError) {
    let input = graph.tensors[node.inputs[0]].elementType
    let weights = graph.tensors[node.parameters[0]].elementType
    let isMixed = node.operation.kind == .linear && input == .float32 && weights == .bfloat16
    guard input == .uint8 ? weights == .int8 : weights == input || isMixed else {
      throw LoweringError(
        node: node.name, reason: "\(weights.name) weights cannot meet \(input.name) activations")
    }
  }
}
