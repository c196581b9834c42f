/// The versions of the format.
///
/// 1: the first.
///
/// 2: concat, tree constraints, local response normalization; the activations clip, tanh, hard sigmoid, hard swish and
/// leaky ReLU; batch norms with an activation, with an epsilon of zero, and in compiled graphs; ranges of activations; in
/// compiled graphs also convolutions in groups or dilated, averages of windows, maxima of maps, and convolutions that pad
/// a picture by less than its border.
///
/// A file says the lowest version that has all it uses, so that a reader of that version takes it.
package enum FormatVersion {
  /// The newest that this code reads and writes.
  package static let current = 2
  /// The oldest that this code reads.
  package static let oldest = 1
}

extension ModelGraph {
  /// The lowest version of the format that has all that the graph uses.
  package var neededVersion: Int {
    max(tensors.map { $0.neededVersion }.max() ?? 1, nodes.map { neededVersion(of: $0) }.max() ?? 1)
  }

  /// The lowest version that has a node as it stands in this graph.
  func neededVersion(of node: Node) -> Int {
    guard case .convolution(let convolution) = node.operation, let input = node.inputs.first, inputs.contains(input),
      tensors.indices.contains(input), case .pixels(let border, rowPitch: _) = tensors[input].layout
    else { return node.neededVersion }
    let fills = convolution.padding.top == border && convolution.padding.left == border
    return fills ? node.neededVersion : 2
  }
}

extension Tensor {
  var neededVersion: Int { range == nil ? 1 : 2 }
}

extension Node {
  fileprivate var neededVersion: Int {
    switch operation {
    case .convolution(let convolution):
      plan != nil && !convolution.isPlain ? 2 : convolution.activation?.neededVersion ?? 1
    case .pool(.window(.average, kernel: _, stride: _, padding: _)), .pool(.global(.max)): plan == nil ? 1 : 2
    case .linear(let linear): linear.activation?.neededVersion ?? 1
    case .add(let add): add.activation?.neededVersion ?? 1
    case .activation(let activation): activation.neededVersion
    case .batchNorm(let norm): norm.epsilon != 0 && norm.activation == nil && plan == nil ? 1 : 2
    case .concat, .treeConstraint, .localResponseNorm: 2
    case .pool, .slice, .softmax, .flatten, .quantize, .dequantize: 1
    }
  }
}

extension Activation {
  fileprivate var neededVersion: Int {
    switch self {
    case .relu, .elu, .sigmoid: 1
    case .clip, .tanh, .hardSigmoid, .hardSwish, .leakyRelu: 2
    }
  }
}

extension Convolution {
  /// Whether there are neither groups nor gaps between taps.
  fileprivate var isPlain: Bool { groups == 1 && dilation == Extent2D(y: 1, x: 1) }
}
