import HRNFormat
import HRNGraph

/// Makes one linear of several heads over the same features.
struct MergeParallelLinears: Pass {
  static let name = "merge-parallel-linears"
  static let summary = """
    Makes one linear of several heads that read the same features: the sigmoid and the softmax head of an HRN's leaf
    level.

      Given:   %1 = linear(%0, V, a)              Result:   %1 = linear(%0, V+W, a+b)
               %2 = linear(%0, W, b)                        %2 = slice(%1) from 0
               %3 = sigmoid(%1)                             %3 = slice(%1) from 10
               %4 = softmax(%2)                             %4 = sigmoid(%2)
                                                            %5 = softmax(%3)

    A head is a linear whose result is read by sigmoid or softmax only, or is an output; heads stay float32 in every
    precision, and a slice of a float32 vector may begin anywhere. Keeps all other linears.
    """

  func rewrite(_ node: Node, in graph: Graph) -> Patch? {
    guard isHead(node, in: graph) else { return nil }
    let siblings = graph.readers(of: node.inputs[0]).filter { $0.inputs == node.inputs && isHead($0, in: graph) }
    guard siblings.count > 1, siblings[0] == node else { return nil }
    var patch = Patch(of: graph)
    return patch.merge(siblings, in: graph) ? patch : nil
  }

  private func isHead(_ node: Node, in graph: Graph) -> Bool {
    guard node.isPlainLinear else { return false }
    return graph.readers(of: node.output).allSatisfy { reader in
      switch reader.operation {
      case .softmax, .activation(.sigmoid): true
      default: false
      }
    }
  }
}
