import HRNFormat

/// HMCN-F: a global flow through the levels, a local head at each of them, and the mean of both answers.
///
///     g_1 = BN(ReLU(Linear(v))),   g_k = BN(ReLU(Linear(g_(k-1) | v)))
///     p_k = sigmoid(Linear(BN(ReLU(Linear(g_k))))),   q = sigmoid(Linear(g_L))
///     y   = 1/2 (p_1 | … | p_L) + 1/2 q
///
/// with v the average pool of the trunk's features. Tensors are named as our trainer names them.
///
/// - Source: J. Wehrmann, R. Cerri, R. C. Barros, ICML 2018.
struct GlobalLocalNetwork: NetworkFamily {
  static let summary = "HMCN-F"

  /// The share of the local answers.
  private static let share: Float = 0.5

  private let trunk: any Trunk
  private let levelSizes: [Int]
  private let width: Int

  init?(_ tensors: TensorIndex, record: TrainerRecord?) {
    guard let first = tensors.shape("global1.weight", axes: 2),
      let trunk = Trunks.find(in: tensors, prefix: "features.")
    else { return nil }
    var sizes: [Int] = []
    while let shape = tensors.shape("local_output\(sizes.count + 1).weight", axes: 2) { sizes.append(shape[0]) }
    guard !sizes.isEmpty else { return nil }
    self.trunk = trunk
    levelSizes = sizes
    width = first[0]
  }

  var name: String { "HMCN-F of \(counted(levelSizes.count, "level")) over \(trunk.name)" }
  var notes: [String] { trunk.notes }
  var inputChannels: Int { trunk.inputChannels }
  var labels: ScoredLabels { .levels(levelSizes) }

  func append(to builder: inout NetworkBuilder, tree: LabelTree?) throws(ImportError) -> [NetworkResult] {
    let vector = try builder.globalPool(.average, try trunk.append(to: &builder, builder.image), 1)
    var flow = vector
    var local: [Int] = []
    for (level, count) in levelSizes.enumerated() {
      let k = level + 1
      let read = k == 1 ? vector : try builder.node("concat\(k)", .concat(Concat()), [flow, vector])
      flow = try layer(&builder, "global\(k)", "global_norm\(k)", read)
      let head = try layer(&builder, "local\(k)", "local_norm\(k)", flow)
      let logits = try builder.linear("local_output\(k)", head, outputs: count)
      local.append(try builder.node("sigmoid\(k)", .activation(.sigmoid), [logits]))
    }
    let logits = try builder.linear("global_output", flow, outputs: levelSizes.reduce(0, +))
    let overall = try builder.node("global_sigmoid", .activation(.sigmoid), [logits])
    let joined = local.count > 1 ? try builder.node("local", .concat(Concat()), local) : local[0]
    let localShare = try builder.scaled("local_share", joined, by: Self.share)
    let globalShare = try builder.scaled("global_share", overall, by: 1 - Self.share)
    let scores = try builder.node("scores", .add(Add()), [localShare, globalShare])
    return try builder.levels("score", scores, levelSizes).enumerated().map { level, tensor in
      NetworkResult(name: "sigmoid", tensor: tensor, kind: .sigmoid, level: level, decides: true)
    }
  }

  private func layer(
    _ builder: inout NetworkBuilder, _ linear: String, _ norm: String, _ x: Int
  ) throws(ImportError) -> Int {
    let active = try builder.relu("\(linear).relu", try builder.linear(linear, x, outputs: width))
    return try builder.batchNorm(norm, active)
  }
}
