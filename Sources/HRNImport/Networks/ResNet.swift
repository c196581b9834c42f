import HRNFormat

/// A residual network up to its last feature map, of any width and depth.
///
///     x' = x, or its projection where the shape changes
///     basic:       y = ReLU(x' + BN(conv3x3(ReLU(BN(conv3x3(x))))))
///     bottleneck:  y = ReLU(x' + BN(conv1x1(ReLU(BN(conv3x3(ReLU(BN(conv1x1(x)))))))))
///
/// Stage s has 2ˢ times the channels of the first and halves the map, but for the first; the stride of a bottleneck sits
/// on its 3x3 convolution. Groups follow from the weights' shapes.
///
/// - Source: K. He et al., arXiv:1512.03385; S. Xie et al., arXiv:1611.05431; S. Zagoruyko, N. Komodakis,
///   arXiv:1605.07146.
struct ResNet: Trunk {
  let inputChannels: Int
  /// Output channels of the stem.
  let width: Int
  /// Of the stem: 7 (stride 2), or 3 (stride 1).
  let stemKernel: Int
  /// Blocks per stage.
  let blocks: [Int]
  let isBottleneck: Bool
  /// Channels between the convolutions of the first stage's blocks.
  let middle: Int
  let groups: Int
  private let names: Names

  /// How the parts are called.
  private struct Names {
    /// `features.` with numbers, as a Sequential of a ResNet's children, or `conv1`, `layer1` and so on.
    var prefix: String
    var isNumbered: Bool

    var stem: String { prefix + (isNumbered ? "0" : "conv1") }
    var norm: String { prefix + (isNumbered ? "1" : "bn1") }
    var relu: String { prefix + (isNumbered ? "2" : "relu") }
    var pool: String { prefix + (isNumbered ? "3" : "maxpool") }
    /// Counted from 0.
    func stage(_ index: Int) -> String { prefix + (isNumbered ? "\(index + 4)" : "layer\(index + 1)") }
    func block(_ stage: Int, _ index: Int) -> String { "\(self.stage(stage)).\(index)" }
  }

  /// Reads depth, width and groups from the names and shapes; nil where they are not a ResNet's.
  init?(_ tensors: TensorIndex, prefix: String) {
    let forms = [true, false].map { Names(prefix: prefix, isNumbered: $0) }
    guard let names = forms.first(where: { tensors.contains($0.block(0, 0) + ".conv1.weight") }) else { return nil }
    self.names = names
    let stages = tensors.count { names.block($0, 0) + ".conv1.weight" }
    blocks = (0..<stages).map { stage in tensors.count { names.block(stage, $0) + ".conv1.weight" } }
    let first = names.block(0, 0)
    guard let inner = tensors.shape(first + ".conv1.weight", axes: 4) else { return nil }
    let stem = tensors.shape(names.stem + ".weight", axes: 4)
    inputChannels = stem?[1] ?? 3
    width = stem?[0] ?? inner[1]
    stemKernel = stem?[3] == 3 ? 3 : 7
    isBottleneck = tensors.contains(first + ".conv3.weight")
    middle = inner[0]
    guard blocks.count <= Self.stageLimit, max(width, middle) <= Self.widthLimit else { return nil }
    let depth = isBottleneck ? tensors.shape(first + ".conv2.weight", axes: 4)?[1] ?? middle : middle
    groups = middle % depth == 0 ? middle / depth : 1
  }

  /// One of those that are known by a name, its parts numbered as a Sequential's; nil where the name is none.
  init?(named name: String, prefix: String) {
    guard let kind = Self.known.first(where: { $0.name == name }) else { return nil }
    (blocks, isBottleneck, middle, groups) = (kind.blocks, kind.isBottleneck, kind.middle, kind.groups)
    (inputChannels, width, stemKernel) = (3, 64, 7)
    names = Names(prefix: prefix, isNumbered: true)
  }

  /// More stages, or more channels in the first, than any network has.
  private static let (stageLimit, widthLimit) = (8, 1 << 16)

  private var expansion: Int { isBottleneck ? 4 : 1 }

  var outputChannels: Int { channels(of: blocks.count - 1) }

  private func channels(of stage: Int) -> Int { width << stage * expansion }

  var name: String {
    let kind = Self.known.first {
      $0.isBottleneck == isBottleneck && $0.blocks == blocks && $0.middle == middle && $0.groups == groups
    }
    if let kind, width == 64, stemKernel == 7 { return kind.name }
    let counts = blocks.map(String.init).joined(separator: "-")
    return "a ResNet of \(counts) \(isBottleneck ? "bottleneck" : "basic") blocks, \(width) channels wide"
      + (groups > 1 ? ", in \(groups) groups" : "")
  }

  var notes: [String] {
    guard stemKernel == 3 else { return [] }
    return [
      "its 3x3 stem is taken to have stride 1, with a 3x3 max-pool of stride 2 behind it, as our trainer makes it"
    ]
  }

  private static let known: [(name: String, isBottleneck: Bool, blocks: [Int], middle: Int, groups: Int)] = [
    ("ResNet-18", false, [2, 2, 2, 2], 64, 1), ("ResNet-34", false, [3, 4, 6, 3], 64, 1),
    ("ResNet-50", true, [3, 4, 6, 3], 64, 1), ("ResNet-101", true, [3, 4, 23, 3], 64, 1),
    ("ResNet-152", true, [3, 8, 36, 3], 64, 1), ("ResNeXt-50-32x4d", true, [3, 4, 6, 3], 128, 32),
    ("ResNeXt-101-32x8d", true, [3, 4, 23, 3], 256, 32), ("ResNeXt-101-64x4d", true, [3, 4, 23, 3], 256, 64),
    ("Wide ResNet-50-2", true, [3, 4, 6, 3], 128, 1), ("Wide ResNet-101-2", true, [3, 4, 23, 3], 128, 1),
  ]

  func append(to builder: inout NetworkBuilder, _ image: Int) throws(ImportError) -> Int {
    var x = try builder.convolution(
      names.stem, image, weights: [width, inputChannels, stemKernel, stemKernel], stride: stemKernel == 7 ? 2 : 1,
      padding: Padding(stemKernel / 2))
    x = try builder.batchNorm(names.norm, x)
    x = try builder.activation(names.relu, .relu(), x)
    x = try builder.maxPool(names.pool, x, kernel: 3, stride: 2, padding: 1)
    for (stage, count) in blocks.enumerated() {
      for index in 0..<count {
        x = try appendBlock(to: &builder, x, stage: stage, stride: stage > 0 && index == 0 ? 2 : 1, index)
      }
    }
    return x
  }

  private func appendBlock(
    to builder: inout NetworkBuilder, _ x: Int, stage: Int, stride: Int, _ index: Int
  ) throws(ImportError) -> Int {
    let name = names.block(stage, index)
    let (inputs, outputs, middle) = (builder.shape(of: x)[1], channels(of: stage), middle << stage)
    typealias Layer = (weights: [Int], stride: Int, groups: Int)
    let layers: [Layer] =
      isBottleneck
      ? [
        ([middle, inputs, 1, 1], 1, 1), ([middle, middle / groups, 3, 3], stride, groups),
        ([outputs, middle, 1, 1], 1, 1),
      ]
      : [([outputs, inputs, 3, 3], stride, 1), ([outputs, outputs, 3, 3], 1, 1)]
    var y = x
    for (number, layer) in layers.enumerated() {
      y = try builder.convolution(
        "\(name).conv\(number + 1)", y, weights: layer.weights, stride: layer.stride,
        padding: Padding(layer.weights[2] / 2), groups: layer.groups)
      y = try builder.batchNorm("\(name).bn\(number + 1)", y)
      if number < layers.count - 1 { y = try builder.relu("\(name).relu\(number + 1)", y) }
    }
    var shortcut = x
    if stride != 1 || inputs != outputs {
      shortcut = try builder.convolution(
        "\(name).downsample.0", x, weights: [outputs, inputs, 1, 1], stride: stride)
      shortcut = try builder.batchNorm("\(name).downsample.1", shortcut)
    }
    let sum = try builder.node("\(name).add", .add(Add()), [y, shortcut])
    return try builder.relu("\(name).relu\(layers.count)", sum)
  }
}
