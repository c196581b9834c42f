import HRNFormat

/// A trunk with one classifier: as model collections store ResNets (`conv1`, `layer1`, …, `fc`) and EfficientNet-Lites
/// (`_conv_stem`, `_blocks`, …, `_fc`), and our trainer the flat baseline (`features.…`, `classifier`).
///
///     y = softmax(Linear(average pool of trunk(x)))
///
/// With a tree it scores the last level, and the levels above are decided by its probabilities, summed up the tree.
struct OneLevelNetwork: NetworkFamily {
  static let summary = "ResNet, ResNeXt, Wide ResNet or EfficientNet-Lite with one classifier"

  private let trunk: any Trunk
  private let classifier: String
  private let count: Int

  init?(_ tensors: TensorIndex, record: TrainerRecord?) {
    for (prefix, classifier) in [("", "fc"), ("", "_fc"), ("features.", "classifier")] {
      guard let shape = tensors.shape(classifier + ".weight", axes: 2),
        let trunk = Trunks.find(in: tensors, prefix: prefix)
      else { continue }
      self.trunk = trunk
      self.classifier = classifier
      count = shape[0]
      return
    }
    return nil
  }

  init(_ trunk: any Trunk, classifier: String, count: Int) {
    self.trunk = trunk
    self.classifier = classifier
    self.count = count
  }

  var name: String { "\(trunk.name) with one classifier" }
  var notes: [String] { trunk.notes }
  var inputChannels: Int { trunk.inputChannels }
  var labels: ScoredLabels { .leaves(count) }

  func append(to builder: inout NetworkBuilder, tree: LabelTree?) throws(ImportError) -> [NetworkResult] {
    let features = try trunk.append(to: &builder, builder.image)
    let logits = try builder.linear(classifier, try builder.globalPool(.average, features, 1), outputs: count)
    let softmax = try builder.node("softmax", .softmax(Softmax()), [logits])
    let level = (tree?.levels.count ?? 1) - 1
    return [NetworkResult(name: "softmax", tensor: softmax, kind: .softmax, level: level, decides: true)]
  }
}
