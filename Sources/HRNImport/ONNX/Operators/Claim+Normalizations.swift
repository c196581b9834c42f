import HRNFormat
import HRNGraph

extension Claim {
  static let normalizations = [
    Claim(
      "BatchNormalization", inputs: 5...5,
      takes: "a map [1, C, H, W] or a vector [1, C]; constant scale, bias, mean and variance", becomes: "batch-norm",
      attributes: [
        .described("epsilon", "a number"), .ignored("momentum"), .integer("training_mode", 0...0),
        .integer("spatial", 1...1),
      ]
    ) { (mapping, node) throws(Refusal) in try mapping.batchNormalization(node) },
    Claim(
      "LRN", takes: "a map [1, C, H, W]", becomes: "local-response-norm",
      attributes: [
        .described("size", "a number"), .described("alpha", "a number"), .described("beta", "a number"),
        .described("bias", "a number"),
      ]
    ) { (mapping, node) throws(Refusal) in
      let norm = LocalResponseNorm(
        size: try node.integer("size", default: 0), alpha: try node.float("alpha", default: 1e-4),
        beta: try node.float("beta", default: 0.75), bias: try node.float("bias", default: 1))
      let map = try mapping.map(try node.value(0), name: node.name)
      return mapping.bind(try mapping.add(.localResponseNorm(norm), [map], name: node.name))
    },
  ]
}

extension Mapping {
  fileprivate func batchNormalization(_ node: NodeView) throws(Refusal) -> [Binding] {
    let value = try natural(try node.value(0), name: node.name)
    guard value.shape.count > 1, isChannelAxis(1, of: value) else {
      throw Refusal("normalizes axis 1 of \(describe(value.shape)), expected [1, C, H, W] or [1, C]")
    }
    let channels = value.shape[1]
    var parameters: [Int] = []
    for index in 1...4 {
      let tensor = try node.requiredConstant(index)
      guard tensor.count == channels else {
        throw Refusal("has statistics of \(describe(tensor.shape)) for \(counted(channels, "channel"))")
      }
      parameters.append(try weight(tensor, shape: [channels]))
    }
    let norm = BatchNorm(epsilon: try node.float("epsilon", default: 1e-5))
    var result = value
    result.tensor = try add(.batchNorm(norm), [value.tensor], parameters, name: node.name)
    return [.value(result)]
  }
}
