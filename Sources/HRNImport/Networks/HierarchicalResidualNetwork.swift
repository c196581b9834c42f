import HRNFormat

/// The Hierarchical Residual Network: one trunk, and per level a feature block, an embedding and a classifier.
///
///     F   = trunk(x)
///     G_k = ReLU(BN(conv3x3(ReLU(BN(conv1x1(F))))))            feature block of level k
///     e_k = Linear(ELU(BN(Linear(BN(average pool of G_k)))))
///     u_k = e_1 + … + e_k                                      hierarchical residual
///     s_k = sigmoid(Linear(ReLU(u_k)))                         scores of level k
///     z   = softmax(Linear(ReLU(u_L)))                         the last level's other branch, which decides it
///
/// Tensors are named as the authors name them, for any number of levels: `features.…`, `conv_block{k}.…`, `fc{k}.…`,
/// `classifier_{k}.0`, and `classifier_{L}_1.0` for the softmax branch. Variants leave out the feature blocks
/// (G_k = F), one of the two branches, or, as only our trainer's own files can say, the sums or the ReLU behind them.
///
/// - Source: J. Chen et al., arXiv:2201.03194.
struct HierarchicalResidualNetwork: NetworkFamily {
  static let summary = "HRN of any number of levels over a known trunk"

  private let trunk: any Trunk
  private let featureSize: Int
  private let embedding: Int
  private let levelSizes: [Int]
  private let hasFeatureBlocks: Bool
  private let scoresLevels: Bool
  private let hasLeafBranch: Bool
  private let sums: Bool
  private let rectifies: Bool

  init?(_ tensors: TensorIndex, record: TrainerRecord?) {
    guard let trunk = Trunks.find(in: tensors, prefix: "features."),
      let first = tensors.shape("fc1.1.weight", axes: 2), let second = tensors.shape("fc1.4.weight", axes: 2)
    else { return nil }
    let levels = tensors.count(from: 1) { "fc\($0).1.weight" }
    var sizes: [Int] = []
    while let shape = tensors.shape("classifier_\(sizes.count + 1).0.weight", axes: 2) { sizes.append(shape[0]) }
    let leaves = tensors.shape("classifier_\(levels)_1.0.weight", axes: 2)
    scoresLevels = !sizes.isEmpty
    if sizes.isEmpty {
      guard let recorded = record?.tree?.levels.map(\.labels.count), recorded.last == leaves?[0] else { return nil }
      sizes = recorded
    }
    self.trunk = trunk
    levelSizes = sizes
    featureSize = first[0]
    embedding = second[0]
    hasFeatureBlocks = tensors.contains("conv_block1.0.conv.weight")
    hasLeafBranch = leaves != nil
    sums = record?.hasResidualSums ?? true
    rectifies = record?.rectifies ?? true
  }

  /// The whole network over a trunk, with the embedding of the authors.
  init(_ trunk: any Trunk, levelSizes: [Int]) {
    self.trunk = trunk
    self.levelSizes = levelSizes
    (featureSize, embedding) = (trunk.outputChannels / 2, Self.publishedEmbedding)
    (hasFeatureBlocks, scoresLevels, hasLeafBranch, sums, rectifies) = (true, true, true, true, true)
  }

  var name: String { "HRN of \(counted(levelSizes.count, "level")) over \(trunk.name)" }
  var inputChannels: Int { trunk.inputChannels }
  var labels: ScoredLabels { .levels(levelSizes) }

  /// Whether trunk and layers have the sizes of the authors' networks.
  var isPublishedSize: Bool {
    trunk.name == "ResNet-50" && featureSize == 1024 && embedding == Self.publishedEmbedding
  }

  private static let publishedEmbedding = 512

  var notes: [String] {
    var notes = trunk.notes
    if !hasFeatureBlocks { notes.append("it has no feature blocks: every level reads the trunk's features") }
    if !scoresLevels { notes.append("it has no sigmoid branches: only the last level is scored") }
    if !hasLeafBranch { notes.append("it has no softmax branch: the last level is decided by its sigmoid scores") }
    if !sums { notes.append("it was trained without residual sums") }
    if !rectifies { notes.append("it was trained without the ReLU ahead of the classifiers") }
    return notes
  }

  func append(to builder: inout NetworkBuilder, tree: LabelTree?) throws(ImportError) -> [NetworkResult] {
    let features = try trunk.append(to: &builder, builder.image)
    var results: [NetworkResult] = []
    var total: Int?
    for (level, count) in levelSizes.enumerated() {
      let k = level + 1
      let embedded = try appendEmbedding(to: &builder, features, k)
      var sum = embedded
      if sums, let above = total { sum = try builder.node("sum\(k)", .add(Add()), [above, embedded]) }
      total = sum
      let active = rectifies ? try builder.relu("relu\(k)", sum) : sum
      let isDecidedBySoftmax = hasLeafBranch && k == levelSizes.count
      var scores: NetworkResult?
      if scoresLevels {
        let logits = try builder.linear("classifier_\(k).0", active, outputs: count)
        let sigmoid = try builder.activation("classifier_\(k).1", .sigmoid, logits)
        scores = NetworkResult(
          name: "sigmoid", tensor: sigmoid, kind: .sigmoid, level: level, decides: !isDecidedBySoftmax)
      }
      if isDecidedBySoftmax {
        let logits = try builder.linear("classifier_\(k)_1.0", active, outputs: count)
        let softmax = try builder.node("softmax", .softmax(Softmax()), [logits])
        results.append(
          NetworkResult(name: "softmax", tensor: softmax, kind: .softmax, level: level, decides: true))
      }
      if let scores { results.append(scores) }
    }
    return results
  }

  /// The embedding e_k of a level.
  private func appendEmbedding(
    to builder: inout NetworkBuilder, _ features: Int, _ k: Int
  ) throws(ImportError) -> Int {
    var x = hasFeatureBlocks ? try appendFeatureBlock(to: &builder, features, k) : features
    x = try builder.globalPool(.average, x, k)
    x = try builder.batchNorm("fc\(k).0", x)
    x = try builder.linear("fc\(k).1", x, outputs: featureSize)
    x = try builder.batchNorm("fc\(k).2", x)
    x = try builder.activation("fc\(k).3", .elu(), x)
    return try builder.linear("fc\(k).4", x, outputs: embedding)
  }

  private func appendFeatureBlock(
    to builder: inout NetworkBuilder, _ features: Int, _ k: Int
  ) throws(ImportError) -> Int {
    let channels = trunk.outputChannels
    let layers = [[featureSize, channels, 1, 1], [channels, featureSize, 3, 3]]
    var x = features
    for (index, weights) in layers.enumerated() {
      let name = "conv_block\(k).\(index)"
      x = try builder.convolution(name + ".conv", x, weights: weights, padding: Padding(weights[2] / 2))
      x = try builder.batchNorm(name + ".bn", x)
      x = try builder.activation(name + ".relu", .relu(), x)
    }
    return x
  }
}
