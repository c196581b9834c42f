import HRNFormat
import HRNGraph

/// Lets a convolution sum its result over the map, so that the map is never stored.
struct FuseGlobalAveragePool: Pass {
  static let name = "fuse-global-average-pool"
  static let summary = """
    Lets a convolution with a ReLU average its result over the map, so that the map is never stored: the end of an
    HRN's feature blocks.

      Given:   %1 = convolution(%0, W, b) relu    Result:   %1 = convolution(%0, W, b) relu pool
               %2 = global-average-pool(%1)

    Keeps the pair when anything else reads %1, when there is no plain ReLU (int8 sums integers from 0 on), when the
    convolution adds a residual, and when training has rounded %1 to a range of its own.
    """

  func rewrite(_ node: Node, in graph: Graph) -> Patch? {
    guard case .pool(.global(.average)) = node.operation, let producer = graph.soleProducer(of: node.inputs[0]),
      case .convolution(var convolution) = producer.operation, case .relu(high: nil) = convolution.activation,
      convolution.globalPool == nil, producer.inputs.count == 1, graph.tensors[producer.output].range == nil
    else { return nil }
    convolution.globalPool = .average
    var patch = Patch(of: graph)
    var fused = producer
    fused.operation = .convolution(convolution)
    fused.outputs = node.outputs
    fused.sources = mergedSources([producer, node])
    patch.remove(producer)
    patch.replace(node, with: fused)
    return patch
  }
}
