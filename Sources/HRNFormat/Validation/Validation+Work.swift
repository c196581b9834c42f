extension GraphRules {
  /// One inference ends: what its products and comparisons add up to is bounded, whatever the file's size.
  func checkWork() throws(FormatError) {
    guard isCompiled else { return }
    var total = 0
    for node in graph.nodes {
      let (sum, overflow) = total.addingReportingOverflow(work(of: node))
      total = overflow ? .max : sum
    }
    guard total <= Limits.work else {
      throw .invalid(.graph, .count(.work, found: total, minimum: 0, maximum: Limits.work))
    }
  }

  /// Saturated at the largest number.
  private func work(of node: Node) -> Int {
    let input = graph.tensors[node.inputs[0]].shape
    let output = graph.tensors[node.outputs[0]].shape
    switch node.operation {
    case .convolution(let convolution):
      let weights = graph.tensors[node.parameters[0]].shape
      let convolved = (try? convolution.convolvedShape(input: input, weights: weights)) ?? output
      return product(convolved.dropFirst(2) + [storedElements(of: node.parameters[0])])
    case .linear: return storedElements(of: node.parameters[0])
    case .localResponseNorm(let norm): return product(input + [min(norm.size, input[1])])
    case .pool(.window(_, let kernel, stride: _, padding: _)): return product(output + [kernel.y, kernel.x])
    default: return max(product(input), product(output))
    }
  }

  /// Elements of packed weights: what kernels multiply with, zeros of padding and of other groups included.
  private func storedElements(of tensor: Int) -> Int {
    (graph.tensors[tensor].weights?.length ?? 0) / graph.tensors[tensor].elementType.byteCount
  }

  private func product(_ factors: some Sequence<Int>) -> Int {
    factors.reduce(1) { partial, factor in
      let (product, overflow) = partial.multipliedReportingOverflow(by: factor)
      return overflow ? .max : product
    }
  }
}
