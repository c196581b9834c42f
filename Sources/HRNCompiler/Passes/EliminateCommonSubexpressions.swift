import HRNFormat
import HRNGraph

/// Computes what is written twice once.
struct EliminateCommonSubexpressions: Pass {
  static let name = "eliminate-common-subexpressions"
  static let summary = """
    Computes what is written twice once.

      Given:   %1 = relu(%0)                      Result:   %1 = relu(%0)
               %2 = relu(%0)                                %2 = linear(%1, V)
               %3 = linear(%1, V)                           %3 = linear(%1, W)
               %4 = linear(%2, W)

    Two nodes are the same when operation, inputs and the parameters' elements are; the order of a sum's terms does not
    matter. Keeps a second node that is an output of the graph.
    """

  func rewrite(_ node: Node, in graph: Graph) -> Patch? {
    guard !graph.isOutput(node.output),
      var first = graph.nodes.prefix(graph.position(of: node)).first(where: { isSame($0, node, in: graph) })
    else { return nil }
    var patch = Patch(of: graph)
    let kept = first
    first.sources = mergedSources([first, node])
    patch.replace(kept, with: first)
    patch.remove(node)
    patch.redirect(node.output, to: first.output)
    return patch
  }

  private func isSame(_ first: Node, _ second: Node, in graph: Graph) -> Bool {
    guard first.operation == second.operation, operands(of: first) == operands(of: second),
      first.requantization == second.requantization, first.parameters.count == second.parameters.count
    else { return false }
    let (x, y) = (graph.tensors[first.output], graph.tensors[second.output])
    guard x.elementType == y.elementType, x.quantization == y.quantization, x.layout == y.layout else { return false }
    return zip(first.parameters, second.parameters).allSatisfy { x, y in
      x == y
        || (graph.shape(of: x) == graph.shape(of: y) && graph.constants[x] == graph.constants[y]
          && graph.tensors[x].quantization == graph.tensors[y].quantization)
    }
  }

  private func operands(of node: Node) -> [Int] {
    if case .add = node.operation { node.inputs.sorted() } else { node.inputs }
  }
}
