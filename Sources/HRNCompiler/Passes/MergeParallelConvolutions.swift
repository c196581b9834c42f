import HRNFormat
import HRNGraph

/// Makes one convolution of several over the same input.
struct MergeParallelConvolutions: Pass {
  static let name = "merge-parallel-convolutions"
  static let summary = """
    Makes one convolution of several that read the same input with the same window and activation: the 1x1 convolutions
    at the start of an HRN's feature blocks.

      Given:   %1 = convolution(%0, V, a) relu    Result:   %1 = convolution(%0, V+W, a+b) relu
               %2 = convolution(%0, W, b) relu              %2 = slice(%1) from 0
                                                            %3 = slice(%1) from 16

    Keeps convolutions whose output channels are not a multiple of 16, because a slice begins with a whole block of
    channels, and those with groups, a residual or a pool.
    """

  /// Output channels that a slice of a map can begin at.
  private static let block = 16

  func rewrite(_ node: Node, in graph: Graph) -> Patch? {
    guard isCandidate(node, in: graph) else { return nil }
    let kernel = graph.shape(of: node.parameters[0]).dropFirst()
    let siblings = graph.readers(of: node.inputs[0]).filter { other in
      other.operation == node.operation && other.inputs == node.inputs && isCandidate(other, in: graph)
        && graph.shape(of: other.parameters[0]).dropFirst() == kernel
    }
    guard siblings.count > 1, siblings[0] == node else { return nil }
    var patch = Patch(of: graph)
    return patch.merge(siblings, in: graph) ? patch : nil
  }

  private func isCandidate(_ node: Node, in graph: Graph) -> Bool {
    guard case .convolution(let convolution) = node.operation else { return false }
    return node.inputs.count == 1 && convolution.groups == 1 && convolution.globalPool == nil
      && graph.shape(of: node.output)[1] % Self.block == 0
  }
}
