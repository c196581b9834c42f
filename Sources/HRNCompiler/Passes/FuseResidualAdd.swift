import HRNFormat
import HRNGraph

/// Lets a convolution add the residual to its result.
struct FuseResidualAdd: Pass {
  static let name = "fuse-residual-add"
  static let summary = """
    Lets the convolution that computes one side of a sum add the other side to its result.

      Given:   %2 = convolution(%1, W, b)         Result:   %2 = convolution(%1, W, b) residual %0
               %3 = add(%2, %0)

    Where both sides are convolutions the one at the end of the longer path takes the sum, and the other, the
    projection of a residual block, stays. Keeps a convolution that anything else reads, and one with an activation,
    which comes before the sum.
    """

  func rewrite(_ node: Node, in graph: Graph) -> Patch? {
    guard case .add(let add) = node.operation, node.inputs.count == 2, canApply(add.activation) else { return nil }
    let sides = [0, 1].compactMap { side -> (node: Node, residual: Int)? in
      guard let producer = graph.soleProducer(of: node.inputs[side]), producer.plainConvolution != nil else {
        return nil
      }
      return (producer, node.inputs[1 - side])
    }
    guard var chosen = sides.first else { return nil }
    if sides.count == 2 {
      let depths = graph.depths()
      if depths[sides[1].node.output, default: 0] > depths[sides[0].node.output, default: 0] { chosen = sides[1] }
    }
    guard var convolution = chosen.node.plainConvolution else { return nil }
    convolution.activation = add.activation
    var patch = Patch(of: graph)
    var fused = chosen.node
    fused.operation = .convolution(convolution)
    fused.inputs.append(chosen.residual)
    fused.outputs = node.outputs
    fused.sources = mergedSources([chosen.node, node])
    patch.remove(chosen.node)
    patch.replace(node, with: fused)
    return patch
  }

  /// Convolutions clamp, and do nothing else.
  private func canApply(_ activation: Activation?) -> Bool {
    activation.map { $0.clamp != nil } ?? true
  }
}

extension Graph {
  /// For each activation the number of nodes on the longest path from an input to it.
  func depths() -> [Int: Int] {
    var depths: [Int: Int] = [:]
    for node in nodes { depths[node.output] = 1 + (node.inputs.map { depths[$0, default: 0] }.max() ?? 0) }
    return depths
  }
}
