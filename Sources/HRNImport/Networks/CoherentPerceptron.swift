import HRNFormat

/// C-HMCNN(h): one perceptron for all nodes, made coherent by the maximum over each node's subtree.
///
///     h = sigmoid(Linear(ReLU(Linear(ReLU(Linear(v))))))      v = average pool of the trunk's features
///     m(n) = max of h over n and its descendants
///
/// Its answers are those of a tree, so it takes one. Tensors are named as our trainer names them.
///
/// - Source: E. Giunchiglia, T. Lukasiewicz, NeurIPS 2020.
struct CoherentPerceptron: NetworkFamily {
  static let summary = "C-HMCNN"

  private let trunk: any Trunk
  private let width: Int
  private let nodes: Int

  init?(_ tensors: TensorIndex, record: TrainerRecord?) {
    guard let hidden = tensors.shape("hidden2.weight", axes: 2), let output = tensors.shape("output.weight", axes: 2),
      let trunk = Trunks.find(in: tensors, prefix: "features.")
    else { return nil }
    self.trunk = trunk
    width = hidden[0]
    nodes = output[0]
  }

  var name: String { "C-HMCNN of \(nodes) labels over \(trunk.name)" }
  var notes: [String] { trunk.notes }
  var inputChannels: Int { trunk.inputChannels }
  var labels: ScoredLabels { .nodes(nodes) }

  func append(to builder: inout NetworkBuilder, tree: LabelTree?) throws(ImportError) -> [NetworkResult] {
    guard let tree else { throw .network(.needsTree(network: name)) }
    var x = try builder.globalPool(.average, try trunk.append(to: &builder, builder.image), 1)
    for name in ["hidden1", "hidden2"] {
      x = try builder.relu("\(name).relu", try builder.linear(name, x, outputs: width))
    }
    let scores = try builder.node(
      "sigmoid", .activation(.sigmoid), [try builder.linear("output", x, outputs: nodes)])
    let constraint = TreeConstraint(.max, parents: tree.nodeParents)
    let coherent = try builder.node("coherent", .treeConstraint(constraint), [scores])
    return try builder.levels("score", coherent, tree.levels.map(\.labels.count)).enumerated().map { level, tensor in
      NetworkResult(name: "sigmoid", tensor: tensor, kind: .sigmoid, level: level, decides: true)
    }
  }
}
