import HRNFormat
import HRNGraph

/// Folds a batch norm into the convolution that feeds it: `W′[o] = s[o] · W[o]`, `b′[o] = s[o] · (b[o] − μ[o]) + β[o]`
/// with `s = γ / √(σ² + ε)`.
struct FuseConvolutionBatchNorm: Pass {
  static let name = "fuse-convolution-batch-norm"
  static let summary = """
    Folds a batch norm into the convolution that feeds it.

      Given:   %1 = convolution(%0, W)            Result:   %1 = convolution(%0, W', b')
               %2 = batch-norm(%1, ...)

    Keeps the pair when anything else reads %1, because that reader needs the unscaled value.
    """

  func rewrite(_ node: Node, in graph: Graph) -> Patch? {
    guard let affine = Affine(node, in: graph), let producer = graph.soleProducer(of: node.inputs[0]),
      producer.plainConvolution != nil, let (weights, bias) = producer.weightsAndBias(in: graph)
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
