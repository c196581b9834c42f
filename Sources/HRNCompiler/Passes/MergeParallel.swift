import HRNFormat
import HRNGraph

extension Patch {
  /// Makes one node of several that read the same input and differ in nothing but their weights; slices give back
  /// what each of them wrote. The first of them gives the place, the operation and, with the others, the name.
  ///
  /// Nil when a node's weights are not float constants.
  mutating func merge(_ nodes: [Node], in graph: Graph) -> Bool {
    var (weights, bias): ([Float], [Float]) = ([], [])
    for node in nodes {
      guard let own = node.weightsAndBias(in: graph) else { return false }
      weights += own.weights
      bias += own.bias ?? [Float](repeating: 0, count: graph.shape(of: node.parameters[0])[0])
    }
    let name = graph.freshNodeName(nodes.map(\.name).joined(separator: "+"))
    var weightShape = graph.shape(of: nodes[0].parameters[0])
    weightShape[0] = bias.count
    var shape = graph.shape(of: nodes[0].output)
    shape[1] = bias.count

    var merged = nodes[0]
    merged.name = name
    merged.parameters = [
      addConstant(name + ".weight", shape: weightShape, .float32(weights)),
      addConstant(name + ".bias", shape: [bias.count], .float32(bias)),
    ]
    let ranges = nodes.compactMap { graph.tensors[$0.output].range }
    let range = ranges.count < nodes.count ? nil : ranges.reduce(ranges[0]) { $0.union($1) }
    merged.outputs = [addTensor(Tensor(name: name, elementType: .float32, shape: shape, range: range))]
    merged.sources = mergedSources(nodes)

    var begin = 0
    for (index, node) in nodes.enumerated() {
      let count = graph.shape(of: node.output)[1]
      let slice = Node(
        name: node.name, operation: .slice(Slice(begin: begin, count: count)), inputs: merged.outputs,
        outputs: node.outputs, sources: node.origins)
      if index == 0 { replace(node, with: merged, slice) } else { replace(node, with: slice) }
      begin += count
    }
    return true
  }
}
