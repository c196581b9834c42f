import HRNFormat

/// EfficientNet-Lite up to its last feature map: inverted bottlenecks with depthwise convolutions and ReLU6, and no
/// squeeze-and-excitation.
///
///     y = BN(conv1x1(ReLU6(BN(depthwise(ReLU6(BN(conv1x1(x)))))))),  plus x where shape and stride allow
///
/// Seven stages, with strides 1, 2, 2, 2, 1, 2, 1 behind a stem of stride 2. Padding is TensorFlow's SAME: as much as
/// keeps ⌈size / stride⌉ positions, the odd pixel at the bottom and at the right. Batch norms have ε = 10⁻³.
///
/// - Source: M. Tan, Q. Le, arXiv:1905.11946; the Lite variants are of the TensorFlow TPU repository.
struct EfficientNetLite: Trunk {
  let inputChannels: Int
  let outputChannels: Int
  private let stem: [Int]
  private let blocks: [Block]
  /// Weights of the 1x1 convolution behind the last block; nil in a network without.
  private let head: [Int]?
  private let prefix: String

  private struct Block: Equatable {
    var kernel: Int
    var stride: Int
    var inputs: Int
    /// Channels of the depthwise convolution.
    var middle: Int
    var outputs: Int
    var expands: Bool
  }

  private static let epsilon: Float = 1e-3
  private static let stageStrides = [1, 2, 2, 2, 1, 2, 1]
  private static let activation = Activation.relu(high: 6)

  /// Reads the blocks from the names and shapes; nil where they are not an EfficientNet-Lite's.
  init?(_ tensors: TensorIndex, prefix: String) {
    func name(_ block: Int, _ layer: String) -> String { "\(prefix)_blocks.\(block).\(layer).weight" }
    guard let stem = tensors.shape(prefix + "_conv_stem.weight", axes: 4) else { return nil }
    let count = tensors.count { name($0, "_depthwise_conv") }
    var blocks: [Block] = []
    var (inputs, stage) = (stem[0], -1)
    for index in 0..<count {
      guard let depthwise = tensors.shape(name(index, "_depthwise_conv"), axes: 4),
        let project = tensors.shape(name(index, "_project_conv"), axes: 4)
      else { return nil }
      let outputs = project[0]
      let begins = outputs != blocks.last?.outputs
      if begins { stage += 1 }
      guard Self.stageStrides.indices.contains(stage) else { return nil }
      blocks.append(
        Block(
          kernel: depthwise[2], stride: begins ? Self.stageStrides[stage] : 1, inputs: inputs, middle: depthwise[0],
          outputs: outputs, expands: tensors.contains(name(index, "_expand_conv"))))
      inputs = outputs
    }
    guard stage == Self.stageStrides.count - 1 else { return nil }
    self.stem = stem
    self.blocks = blocks
    self.prefix = prefix
    head = tensors.shape(prefix + "_conv_head.weight", axes: 4)
    inputChannels = stem[1]
    outputChannels = head?[0] ?? inputs
  }

  /// EfficientNet-Lite0.
  init(prefix: String) {
    typealias Stage = (kernel: Int, outputs: Int, count: Int)
    let stages: [Stage] = [
      (3, 16, 1), (3, 24, 2), (5, 40, 2), (3, 80, 3), (5, 112, 3), (5, 192, 4), (3, 320, 1),
    ]
    var blocks: [Block] = []
    var inputs = 32
    for (stage, stride) in zip(stages, Self.stageStrides) {
      for index in 0..<stage.count {
        let expands = !blocks.isEmpty
        blocks.append(
          Block(
            kernel: stage.kernel, stride: index == 0 ? stride : 1, inputs: inputs,
            middle: expands ? 6 * inputs : inputs, outputs: stage.outputs, expands: expands))
        inputs = stage.outputs
      }
    }
    self.blocks = blocks
    self.prefix = prefix
    (stem, head, inputChannels, outputChannels) = ([32, 3, 3, 3], [1280, inputs, 1, 1], 3, 1280)
  }

  var name: String {
    let variants = [16: "Lite0", 20: "Lite1", 23: "Lite2", 24: "Lite3", 30: "Lite4"]
    return "EfficientNet-" + (variants[blocks.count] ?? "Lite of \(blocks.count) blocks")
  }

  var notes: [String] { ["its convolutions pad as TensorFlow's SAME, its activations are ReLU6"] }

  func append(to builder: inout NetworkBuilder, _ image: Int) throws(ImportError) -> Int {
    var x = try convolution(&builder, prefix + "_conv_stem", image, [stem[0], stem[1], 3, 3], stride: 2)
    x = try activate(&builder, norm: prefix + "_bn0", x, prefix + "_swish0")
    for (index, block) in blocks.enumerated() {
      x = try append(block, "\(prefix)_blocks.\(index).", to: &builder, x)
    }
    guard let head else { return x }
    x = try convolution(&builder, prefix + "_conv_head", x, [head[0], builder.shape(of: x)[1], 1, 1], stride: 1)
    return try activate(&builder, norm: prefix + "_bn1", x, prefix + "_swish1")
  }

  private func append(
    _ block: Block, _ name: String, to builder: inout NetworkBuilder, _ x: Int
  ) throws(ImportError) -> Int {
    var y = x
    if block.expands {
      y = try convolution(&builder, name + "_expand_conv", y, [block.middle, block.inputs, 1, 1], stride: 1)
      y = try activate(&builder, norm: name + "_bn0", y, name + "_swish0")
    }
    let depthwise = [block.middle, 1, block.kernel, block.kernel]
    y = try convolution(
      &builder, name + "_depthwise_conv", y, depthwise, stride: block.stride, groups: block.middle)
    y = try activate(&builder, norm: name + "_bn1", y, name + "_swish1")
    y = try convolution(&builder, name + "_project_conv", y, [block.outputs, block.middle, 1, 1], stride: 1)
    y = try builder.batchNorm(name + "_bn2", y, epsilon: Self.epsilon)
    guard block.stride == 1, block.inputs == block.outputs else { return y }
    return try builder.node(name + "add", .add(Add()), [y, x])
  }

  private func convolution(
    _ builder: inout NetworkBuilder, _ name: String, _ x: Int, _ weights: [Int], stride: Int, groups: Int = 1
  ) throws(ImportError) -> Int {
    let size = builder.shape(of: x)
    let (y, x0) = (Self.same(size[2], weights[2], stride), Self.same(size[3], weights[3], stride))
    return try builder.convolution(
      name, x, weights: weights, stride: stride,
      padding: Padding(top: y.before, left: x0.before, bottom: y.after, right: x0.after), groups: groups,
      statesPadding: false)
  }

  private func activate(
    _ builder: inout NetworkBuilder, norm: String, _ x: Int, _ name: String
  ) throws(ImportError) -> Int {
    let x = try builder.batchNorm(norm, x, epsilon: Self.epsilon)
    return try builder.node(name, .activation(Self.activation), [x])
  }

  /// Padding that lets a window take ⌈size / stride⌉ positions.
  private static func same(_ size: Int, _ kernel: Int, _ stride: Int) -> (before: Int, after: Int) {
    let positions = (size + stride - 1) / stride
    let padding = max(0, (positions - 1) * stride + kernel - size)
    return (padding / 2, padding - padding / 2)
  }
}
