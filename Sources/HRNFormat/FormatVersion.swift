/// The versions of the format.
///
/// 1: the first.
///
/// 2: concat, tree constraints, local response normalization; the activations clip, tanh, hard sigmoid, hard swish and
/// leaky ReLU; batch norms with an activation, with an epsilon of zero, and in compiled graphs; ranges of activations.
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
    max(tensors.map { $0.neededVersion }.max() ?? 1, nodes.map { $0.neededVersion }.max() ?? 1)
  }
}

extension Tensor {
  var neededVersion: Int { range == nil ? 1 : 2 }
}

extension Node {
  var neededVersion: Int {
    switch operation {
    case .convolution(let convolution): convolution.activation?.neededVersion ?? 1
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
