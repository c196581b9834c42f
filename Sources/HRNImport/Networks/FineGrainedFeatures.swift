import HRNFormat

/// FGN: one embedding shared out to the levels; a coarse level reads the finer levels' shares too.
///
///     h   = ELU(BN(Linear(BN(global max pool of the trunk's features)))),   cut into L slices h_1 | … | h_L
///     p_k = softmax(Linear(h_k | … | h_L))
///
/// Tensors are named as our trainer names them.
///
/// - Source: D. Chang et al., CVPR 2021.
struct FineGrainedFeatures: NetworkFamily {
  static let summary = "FGN"

  private let trunk: any Trunk
  private let levelSizes: [Int]
  private let width: Int

  init?(_ tensors: TensorIndex, record: TrainerRecord?) {
    guard tensors.contains("embed_norm.weight"), let embed = tensors.shape("embed.weight", axes: 2),
      let trunk = Trunks.find(in: tensors, prefix: "features.")
    else { return nil }
    var sizes: [Int] = []
    while let shape = tensors.shape("classifier\(sizes.count + 1).weight", axes: 2) { sizes.append(shape[0]) }
    guard !sizes.isEmpty, embed[0] >= sizes.count, embed[0] <= 1 << 20 else { return nil }
    self.trunk = trunk
    levelSizes = sizes
    width = embed[0]
  }

  var name: String { "FGN of \(counted(levelSizes.count, "level")) over \(trunk.name)" }
  var notes: [String] { trunk.notes }
  var inputChannels: Int { trunk.inputChannels }
  var labels: ScoredLabels { .levels(levelSizes) }

  func append(to builder: inout NetworkBuilder, tree: LabelTree?) throws(ImportError) -> [NetworkResult] {
    var x = try builder.globalPool(.max, try trunk.append(to: &builder, builder.image), 1)
    x = try builder.batchNorm("norm", x)
    x = try builder.linear("embed", x, outputs: width)
    x = try builder.batchNorm("embed_norm", x)
    x = try builder.activation("elu", .elu(), x)
    var results: [NetworkResult] = []
    for (level, count) in levelSizes.enumerated() {
      let (k, begin) = (level + 1, width * level / levelSizes.count)
      let read = begin == 0 ? x : try builder.node("slice\(k)", .slice(Slice(begin: begin, count: width - begin)), [x])
      let logits = try builder.linear("classifier\(k)", read, outputs: count)
      let softmax = try builder.node("softmax\(k)", .softmax(Softmax()), [logits])
      results.append(NetworkResult(name: "softmax", tensor: softmax, kind: .softmax, level: level, decides: true))
    }
    return results
  }
}
