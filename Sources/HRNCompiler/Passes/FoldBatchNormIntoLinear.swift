import HRNFormat
import HRNGraph

/// Folds a batch norm into the linear behind it or in front of it: the norms of an HRN's embedding.
struct FoldBatchNormIntoLinear: Pass {
  static let name = "fold-batch-norm-into-linear"
  static let summary = """
    Folds a batch norm into the linear that reads it (scaled columns, shifted bias) or feeds it (scaled rows).

      Given:   %1 = batch-norm(%0, ...)           Result:   %1 = linear(%0, W', b')
               %2 = linear(%1, W, b)
               %3 = batch-norm(%2, ...)

    Keeps a norm that anything else reads, and one behind a linear that anything else reads.
    """

  func rewrite(_ node: Node, in graph: Graph) -> Patch? {
    foldForward(node, in: graph) ?? foldBackward(node, in: graph)
  }

  /// norm → linear
  private func foldForward(_ node: Node, in graph: Graph) -> Patch? {
    guard case .linear = node.operation, let norm = graph.soleProducer(of: node.inputs[0]),
      let affine = Affine(norm, in: graph), let (weights, bias) = node.weightsAndBias(in: graph)
    else { return nil }
    var patch = Patch(of: graph)
    let folded = affine.before(weights: weights, shape: graph.shape(of: node.parameters[0]), bias: bias)
    var fused = node
    fused.inputs[0] = norm.inputs[0]
    fused.parameters = patch.addParameters(of: node, in: graph, weights: folded.weights, bias: folded.bias)
    fused.sources = mergedSources([norm, node])
    patch.remove(norm)
    patch.replace(node, with: fused)
    return patch
  }

  /// linear → norm
  private func foldBackward(_ node: Node, in graph: Graph) -> Patch? {
    guard let affine = Affine(node, in: graph), let producer = graph.soleProducer(of: node.inputs[0]),
      producer.isPlainLinear, let (weights, bias) = producer.weightsAndBias(in: graph)
    else { return nil }
    var patch = Patch(of: graph)
    let folded = affine.after(weights: weights, bias: bias)
    var fused = producer
    fused.parameters = patch.addParameters(of: producer, in: graph, weights: folded.weights, bias: folded.bias)
    fused.outputs = node.outputs
    fused.sources = mergedSources([producer, node])
    patch.remove(producer)
    patch.replace(node, with: fused)
    return patch
  }
}
