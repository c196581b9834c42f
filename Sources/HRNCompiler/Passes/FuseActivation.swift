import HRNFormat
import HRNGraph

/// Lets the node that computes a value apply the activation that follows it.
struct FuseActivation: Pass {
  static let name = "fuse-activation"
  static let summary = """
    Lets the node that computes a value apply the activation that follows: ReLU and clip in a convolution or a sum of
    maps; ELU, tanh, the hard ones and leaky ReLU in a linear; any in a batch norm that stands alone.

      Given:   %1 = convolution(%0, W, b)         Result:   %1 = convolution(%0, W, b) relu
               %2 = relu(%1)

    Keeps the pair when anything else reads %1. The ReLU of a vector stays with its reader: the sums of the levels are
    inherited as they are, without it.
    """

  func rewrite(_ node: Node, in graph: Graph) -> Patch? {
    guard case .activation(let activation) = node.operation,
      let producer = graph.soleProducer(of: node.inputs[0]),
      let operation = fused(producer, activation, isMap: graph.shape(of: node.output).count == 4)
    else { return nil }
    var patch = Patch(of: graph)
    var fused = producer
    fused.operation = operation
    fused.outputs = node.outputs
    fused.sources = mergedSources([producer, node])
    patch.remove(producer)
    patch.replace(node, with: fused)
    return patch
  }

  private func fused(_ producer: Node, _ activation: Activation, isMap: Bool) -> Operation? {
    switch (producer.operation, activation) {
    case (.convolution(var convolution), _)
    where activation.clamp != nil && convolution.activation == nil && convolution.globalPool == nil:
      convolution.activation = activation
      return .convolution(convolution)
    case (.add(var add), _) where activation.clamp != nil && add.activation == nil && isMap:
      add.activation = activation
      return .add(add)
    case (.linear(var linear), .elu), (.linear(var linear), .tanh), (.linear(var linear), .hardSigmoid),
      (.linear(var linear), .hardSwish), (.linear(var linear), .leakyRelu):
      guard linear.activation == nil else { return nil }
      linear.activation = activation
      return .linear(linear)
    case (.batchNorm(var norm), _) where norm.activation == nil:
      norm.activation = activation
      return .batchNorm(norm)
    default:
      return nil
    }
  }
}
