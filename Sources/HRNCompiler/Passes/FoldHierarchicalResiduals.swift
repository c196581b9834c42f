import HRNFormat
import HRNGraph

/// Lets the linear that computes one term of a sum start from the others.
struct FoldHierarchicalResiduals: Pass {
  static let name = "fold-hierarchical-residuals"
  static let summary = """
    Lets each level's embedding start from the coarser level's sum, u_k = u_(k-1) + W_k h_k + b_k, so that no node for
    the sum remains.

      Given:   %2 = linear(%1, W, b)              Result:   %2 = linear(%1, W, b) addend %0
               %3 = add(%2, %0)

    Of several linears the last one takes the sum. Keeps a linear that anything else reads, and one with an activation,
    which comes before the sum.
    """

  func rewrite(_ node: Node, in graph: Graph) -> Patch? {
    guard case .add(let add) = node.operation,
      let (index, producer) = node.inputs.enumerated().compactMap({ index, input -> (Int, Node)? in
        guard let producer = graph.soleProducer(of: input), producer.isPlainLinear else { return nil }
        return (index, producer)
      }).max(by: { graph.position(of: $0.1) < graph.position(of: $1.1) })
    else { return nil }
    var patch = Patch(of: graph)
    var rest = node.inputs
    rest.remove(at: index)
    var fused = producer
    fused.operation = .linear(Linear(activation: add.activation))
    fused.outputs = node.outputs
    fused.sources = mergedSources([producer, node])
    patch.remove(producer)
    if rest.count == 1 {
      fused.inputs.append(rest[0])
      patch.replace(node, with: fused)
    } else {
      let name = graph.freshNodeName(node.name + ".rest")
      let sum = Node(
        name: name, operation: .add(Add()), inputs: rest,
        outputs: [patch.addTensor(name, shape: graph.shape(of: node.output))], sources: node.origins)
      fused.inputs.append(sum.output)
      patch.replace(node, with: sum, fused)
    }
    return patch
  }
}
