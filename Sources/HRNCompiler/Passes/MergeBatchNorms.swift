import HRNFormat
import HRNGraph

/// Makes one batch norm of two that follow each other.
struct MergeBatchNorms: Pass {
  static let name = "merge-batch-norms"
  static let summary = """
    Makes one batch norm of two that follow each other, as factors and norms that an exporter left apart.

      Given:   %1 = batch-norm(%0, ...)           Result:   %1 = batch-norm(%0, s' s, s' t + t', 0, 1) epsilon 0
               %2 = batch-norm(%1, ...)

    Keeps the pair when anything else reads %1, and when the first applies an activation.
    """

  func rewrite(_ node: Node, in graph: Graph) -> Patch? {
    guard case .batchNorm(let norm) = node.operation, let first = graph.soleProducer(of: node.inputs[0]),
      let inner = Affine(first, in: graph)
    else { return nil }
    var plain = node
    plain.operation = .batchNorm(BatchNorm(epsilon: norm.epsilon))
    guard let outer = Affine(plain, in: graph) else { return nil }
    let channels = inner.scale.indices
    let constants: [(String, [Float])] = [
      ("scale", channels.map { Float(outer.scale[$0] * inner.scale[$0]) }),
      ("shift", channels.map { Float(outer.scale[$0] * inner.shift[$0] + outer.shift[$0]) }),
      ("mean", channels.map { _ in 0 }), ("variance", channels.map { _ in 1 }),
    ]
    var patch = Patch(of: graph)
    var merged = node
    merged.operation = .batchNorm(BatchNorm(epsilon: 0, activation: norm.activation))
    merged.inputs = first.inputs
    merged.parameters = constants.map { name, values in
      patch.addConstant("\(node.name).\(name)", shape: [values.count], .float32(values))
    }
    merged.sources = mergedSources([first, node])
    patch.remove(first)
    patch.replace(node, with: merged)
    return patch
  }
}
