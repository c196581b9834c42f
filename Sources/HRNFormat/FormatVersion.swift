/// The versions of the format.
///
/// 1: the first.
///
/// 2: concat, tree constraints, local response normalization; the activations clip, tanh, hard sigmoid, hard swish and
/// leaky ReLU; batch norms with an activation or an epsilon of zero; ranges of activations. In compiled graphs also batch
/// norms, slices and flattened maps that are copied, activations of integers, any activation of a map, convolutions in
/// groups or dilated, averages of windows, maxima of maps, and convolutions that pad a picture by less than its border.
///
/// 3: in compiled graphs convolutions by Winograd, narrow weights, and targets other than portable.
///
/// 4: in compiled graphs bfloat16, convolutions in chunks, the target avx512vnni, convolutions by Winograd in 8 bits, and
/// what was measured of those.
///
/// 5: in compiled graphs pictures and weights of linears in bfloat16, convolutions by Winograd in bfloat16, and the target
/// avx512bf16.
///
/// A file says the lowest version that has all it uses, so that a reader of that version takes it.
package enum FormatVersion {
  /// The newest that this code reads and writes.
  package static let current = 5
  /// The oldest that this code reads.
  package static let oldest = 1
}

extension ModelGraph {
  /// The lowest version of the format that has all that the graph uses.
  package var neededVersion: Int {
    let versions = tensors.map { $0.neededVersion } + nodes.map { neededVersion(of: $0) } + [precision.neededVersion]
    return max(
      versions.max() ?? FormatVersion.oldest, plan?.neededVersion ?? FormatVersion.oldest,
      provenance.calibration?.neededVersion ?? FormatVersion.oldest)
  }

  /// The lowest version of the format that has a node, of which nothing has been checked yet.
  func neededVersion(of node: Node) -> Int {
    if node.requantization?.winograd8 != nil { return 4 }
    return max(node.plan?.neededVersion ?? FormatVersion.oldest, operationVersion(of: node))
  }

  private func operationVersion(of node: Node) -> Int {
    switch node.operation {
    case .convolution(let convolution):
      node.plan != nil && !(convolution.isPlain && fillsBorder(convolution, node))
        ? 2 : convolution.activation?.neededVersion ?? 1
    case .linear(let linear): linear.activation?.neededVersion ?? 1
    case .add(let add): add.activation.map { neededVersion(of: $0, node) } ?? 1
    case .activation(let activation): neededVersion(of: activation, node)
    case .batchNorm(let norm): norm.epsilon != 0 && norm.activation == nil && node.plan == nil ? 1 : 2
    case .concat, .treeConstraint, .localResponseNorm: 2
    case .slice, .flatten: node.plan?.algorithm == .direct ? 2 : 1
    case .pool(.window(.average, kernel: _, stride: _, padding: _)), .pool(.global(.max)): node.plan == nil ? 1 : 2
    case .pool, .softmax, .quantize, .dequantize: 1
    }
  }

  /// Whether a convolution pads a picture by all of its border; true of what reads no picture.
  private func fillsBorder(_ convolution: Convolution, _ node: Node) -> Bool {
    guard let input = node.inputs.first, inputs.contains(input), tensors.indices.contains(input),
      case .pixels(let border, rowPitch: _) = tensors[input].layout
    else { return true }
    return convolution.padding.top == border && convolution.padding.left == border
  }

  /// Compiled activations of version 1 are of floats, and those of maps are ReLUs.
  private func neededVersion(of activation: Activation, _ node: Node) -> Int {
    guard node.plan != nil, let index = node.outputs.first, tensors.indices.contains(index) else {
      return activation.neededVersion
    }
    if case .relu = activation { return tensors[index].elementType == .uint8 && node.inputs.count == 1 ? 2 : 1 }
    return tensors[index].shape.count == 4 ? 2 : activation.neededVersion
  }
}

extension NodePlan {
  fileprivate var neededVersion: Int {
    switch algorithm {
    case .winograd16: 5
    case .winograd8: 4
    case .winograd: chunk == nil ? 3 : 4
    case .direct, .view: chunk != nil ? 4 : isNarrow ? 3 : 1
    }
  }
}

extension Plan {
  var neededVersion: Int {
    switch Target(name: target) {
    case .portable: 1
    case .avx2, nil: 3
    case .avx512vnni: 4
    case .avx512bf16: 5
    }
  }
}

extension Precision {
  var neededVersion: Int { self == .bfloat16 ? 4 : 1 }
}

extension Provenance.Calibration {
  var neededVersion: Int { approximations.isEmpty ? FormatVersion.oldest : 4 }
}

extension Tensor {
  var neededVersion: Int {
    switch layout {
    case .packed(.winograd8, _): return 4
    case .pixels where elementType == .bfloat16: return 5
    case .packed where elementType == .bfloat16 && shape.count == 2: return 5
    default: return elementType == .bfloat16 ? 4 : range == nil ? 1 : 2
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
