import HRNFormat
import HRNGraph

/// Gathers what a strided 1x1 convolution reads before it reads it.
struct GatherStridedInput: Pass {
  static let name = "gather-strided-input"
  static let summary = """
    Gathers the positions that a 1x1 convolution with a stride reads, by a pool of one tap: then the map is one long row
    of neighbours, which kernels compute in full tiles whatever its width. The projections between a ResNet's stages.

      Given:   %1 = convolution(%0, W, b)         Result:   %1 = max-pool(%0) kernel 1 stride 2
               kernel 1 stride 2                            %2 = convolution(%1, W, b) kernel 1

    Keeps a convolution with groups, of the network's input, and with too few outputs for the copy to be small beside
    its products.
    """

  /// Products of each value that is copied, from which on full tiles save more than the copy costs.
  private static let leastOutputs = 256

  func rewrite(_ node: Node, in graph: Graph) -> Patch? {
    guard case .convolution(var convolution) = node.operation, !graph.inputs.contains(node.inputs[0]) else {
      return nil
    }
    let one = Extent2D(y: 1, x: 1), weights = graph.shape(of: node.parameters[0])
    guard weights[2...] == [1, 1], weights[0] >= Self.leastOutputs, convolution.groups == 1,
      convolution.stride != one
    else { return nil }
    let pool = Pool.window(.max, kernel: one, stride: convolution.stride, padding: Padding(0))
    guard let shape = try? pool.outputShape(inputs: [graph.shape(of: node.inputs[0])], parameters: []) else {
      return nil
    }
    var patch = Patch(of: graph)
    let name = graph.freshNodeName(node.name + ".gathered")
    let gathered = patch.addTensor(name, shape: shape)
    convolution.stride = one
    var flat = node
    flat.operation = .convolution(convolution)
    flat.inputs[0] = gathered
    patch.replace(
      node,
      with: Node(
        name: name, operation: .pool(pool), inputs: [node.inputs[0]], parameters: [], outputs: [gathered],
        sources: node.sources),
      flat)
    return patch
  }
}
