import HRNFormat
import HRNGraph

/// Folds a batch norm into the convolution that reads it.
struct FoldBatchNormIntoConvolution: Pass {
  static let name = "fold-batch-norm-into-convolution"
  static let summary = """
    Folds a batch norm into the convolution that reads it: scaled input channels, shifted bias.

      Given:   %1 = batch-norm(%0, ...)           Result:   %1 = convolution(%0, W', b')
               %2 = convolution(%1, W)

    Keeps the pair when anything else reads %1, and when the convolution is padded: its zeros are not normalized, so
    one bias cannot serve the border and the inside.
    """

  func rewrite(_ node: Node, in graph: Graph) -> Patch? {
    guard case .convolution(let convolution) = node.operation, convolution.padding == Padding(0),
      let norm = graph.soleProducer(of: node.inputs[0]), let affine = Affine(norm, in: graph),
      let (weights, bias) = node.weightsAndBias(in: graph)
    else { return nil }
    var patch = Patch(of: graph)
    let folded = affine.before(
      weights: weights, shape: graph.shape(of: node.parameters[0]), bias: bias, groups: convolution.groups)
    var fused = node
    fused.inputs[0] = norm.inputs[0]
    fused.parameters = patch.addParameters(of: node, in: graph, weights: folded.weights, bias: folded.bias)
    fused.sources = mergedSources([norm, node])
    patch.remove(norm)
    patch.replace(node, with: fused)
    return patch
  }
}
