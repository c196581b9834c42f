extension GraphRules {
  /// Every node has the parameters, types, layouts and multipliers that its operation needs.
  func checkNodes() throws(FormatError) {
    for (step, node) in graph.nodes.enumerated() {
      do throws(NodeFault) {
        try checkNumbers(of: node)
        if isCompiled {
          try CompiledNodeRules(graph: graph, node: node).check()
        } else {
          try checkSource(node)
        }
      } catch {
        throw .invalid(.node(step, node.name), .node(error))
      }
    }
  }

  /// A node of a source graph has no trace of quantization; types are float32 by the tensors' rule.
  private func checkSource(_ node: Node) throws(NodeFault) {
    guard node.requantization == nil else { throw .multiplierUnexpected("requantization") }
    switch node.operation {
    case .convolution, .linear:
      guard node.parameters.count <= 2 else { throw .parameterCount(found: node.parameters.count, expected: 2) }
      if node.parameters.count == 2, graph.tensors[node.parameters[1]].shape.count != 1 {
        throw .borderClasses(found: graph.tensors[node.parameters[1]].shape, expected: [])
      }
    case .batchNorm:
      guard node.parameters.count == 4 else { throw .parameterCount(found: node.parameters.count, expected: 4) }
    case .quantize, .dequantize: throw .unsupported("\(node.operation.name) in a source graph")
    default: break
    }
  }

  /// The numbers of an operation are finite and of a sensible size.
  private func checkNumbers(of node: Node) throws(NodeFault) {
    var attributes: [(String, Int)] = []
    switch node.operation {
    case .convolution(let convolution):
      try check(convolution.activation)
      guard convolution.globalPool != .max else { throw .unsupported("a convolution with a max pool") }
      attributes = [
        ("stride", max(convolution.stride.y, convolution.stride.x)),
        ("dilation", max(convolution.dilation.y, convolution.dilation.x)), ("groups", convolution.groups),
      ]
    case .linear(let linear): try check(linear.activation)
    case .add(let add): try check(add.activation)
    case .activation(let activation): try check(activation)
    case .batchNorm(let norm):
      guard norm.epsilon >= 0, norm.epsilon < 1 else { throw .epsilon(norm.epsilon, expected: "0 to 1") }
      try check(norm.activation)
    case .pool(.window(_, let kernel, let stride, _)):
      attributes = [("kernel", max(kernel.y, kernel.x)), ("stride", max(stride.y, stride.x))]
    case .localResponseNorm(let norm):
      attributes = [("size", norm.size)]
      for (name, value) in [("alpha", norm.alpha), ("beta", norm.beta), ("bias", norm.bias)] {
        guard value > 0, value <= Limits.largestScale else { throw .number(name, value) }
      }
    case .pool(.global), .slice, .softmax, .flatten, .quantize, .dequantize, .concat, .treeConstraint: break
    }
    for (name, value) in attributes where value > Limits.extent {
      throw .attribute(name, found: value, maximum: Limits.extent)
    }
  }

  private func check(_ activation: Activation?) throws(NodeFault) {
    switch activation {
    case .relu(let high?):
      guard high > 0, high.isFinite else { throw .number("the upper bound of its ReLU", high) }
    case .elu(let alpha):
      guard alpha > 0, alpha <= Limits.largestScale else { throw .number("alpha", alpha) }
    case .clip(let low, let high):
      guard low <= high, low.isFinite, high.isFinite else { throw .clip(low: low, high: high) }
    case .hardSigmoid(let alpha, let beta):
      try checkFactor("alpha", alpha)
      try checkFactor("beta", beta)
    case .leakyRelu(let alpha): try checkFactor("alpha", alpha)
    case .relu(nil), .sigmoid, .tanh, .hardSwish, nil: break
    }
  }

  private func checkFactor(_ name: String, _ value: Float) throws(NodeFault) {
    guard abs(value) <= Limits.largestScale else { throw .factor(name, value) }
  }
}

extension NodeFault: Error {}
