import HRNFormat
import HRNGraph

/// Takes out nodes that no output depends on.
struct RemoveDeadNodes: Pass {
  static let name = "remove-dead-nodes"
  static let summary = """
    Takes out nodes that no output depends on.

      Given:   %1 = relu(%0)                      Result:   %1 = relu(%0)
               %2 = linear(%1, W)                           output y = %1
               output y = %1

    Keeps inputs of the graph, read or not: they are its interface.
    """

  func rewrite(_ node: Node, in graph: Graph) -> Patch? {
    guard !graph.isOutput(node.output), graph.readers(of: node.output).isEmpty else { return nil }
    var patch = Patch(of: graph)
    patch.remove(node)
    return patch
  }
}
