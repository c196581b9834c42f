import HRNFormat

/// HMC-LMLP: a perceptron per level, each fed the one above.
///
///     y_1 = sigmoid(Linear(ReLU(Linear(v)))),   y_k = sigmoid(Linear(ReLU(Linear(v | y_(k-1)))))
///
/// with v the average pool of the trunk's features. Labels are chosen by y; scores that no label's parent falls short
/// of, c(n) = min(y(n), c(parent)), come with the tree. Tensors are named as our trainer names them.
///
/// - Source: R. Cerri, R. C. Barros, A. de Carvalho, JCSS 2014.
struct LocalPerceptrons: NetworkFamily {
  static let summary = "HMC-LMLP"

  private let trunk: any Trunk
  private let levelSizes: [Int]
  private let hidden: Int

  init?(_ tensors: TensorIndex, record: TrainerRecord?) {
    guard let trunk = Trunks.find(in: tensors, prefix: "features."),
      let first = tensors.shape("hidden1.weight", axes: 2), first[1] == trunk.outputChannels
    else { return nil }
    var sizes: [Int] = []
    while let shape = tensors.shape("output\(sizes.count + 1).weight", axes: 2) { sizes.append(shape[0]) }
    guard !sizes.isEmpty else { return nil }
    self.trunk = trunk
    levelSizes = sizes
    hidden = first[0]
  }

  var name: String { "HMC-LMLP of \(counted(levelSizes.count, "level")) over \(trunk.name)" }
  var notes: [String] { trunk.notes }
  var inputChannels: Int { trunk.inputChannels }
  var labels: ScoredLabels { .levels(levelSizes) }

  func append(to builder: inout NetworkBuilder, tree: LabelTree?) throws(ImportError) -> [NetworkResult] {
    let vector = try builder.globalPool(.average, try trunk.append(to: &builder, builder.image), 1)
    var scores: [Int] = []
    for (level, count) in levelSizes.enumerated() {
      let k = level + 1
      let read = try scores.last.map { (above) throws(ImportError) in
        try builder.node("concat\(k)", .concat(Concat()), [vector, above])
      }
      let inner = try builder.relu("relu\(k)", try builder.linear("hidden\(k)", read ?? vector, outputs: hidden))
      let logits = try builder.linear("output\(k)", inner, outputs: count)
      scores.append(try builder.node("sigmoid\(k)", .activation(.sigmoid), [logits]))
    }
    var results = scores.enumerated().map { level, tensor in
      NetworkResult(name: "sigmoid", tensor: tensor, kind: .sigmoid, level: level, decides: true)
    }
    guard let tree else { return results }
    let joined = scores.count > 1 ? try builder.node("scores", .concat(Concat()), scores) : scores[0]
    let constraint = TreeConstraint(.min, parents: tree.nodeParents)
    let coherent = try builder.node("coherent", .treeConstraint(constraint), [joined])
    results += try builder.levels("coherent", coherent, levelSizes).enumerated().map { level, tensor in
      NetworkResult(name: "coherent", tensor: tensor, kind: .sigmoid, level: level, decides: false)
    }
    return results
  }
}
