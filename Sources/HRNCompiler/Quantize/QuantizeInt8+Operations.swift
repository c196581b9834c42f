import HRNFormat
import HRNGraph

extension QuantizeInt8 {
  /// Adds what stands for a node of the source: in int8 where there is a rule and nothing forbids it, else in float32.
  mutating func add(_ node: Node) throws(QuantizeError) {
    let readsImage = node.inputs.contains { isImage($0) }
    let kept = options.keepFloat.contains(node.name)
    switch node.operation {
    case .convolution(let convolution):
      if let reason = Self.reasonForFloat(convolution) ?? (kept ? "is kept in float" : nil) {
        if readsImage { throw .imageReader(node: node.name, reason: reason) }
        try addFloat(node)
      } else {
        try addConvolution(node, convolution)
      }
      return
    case _ where readsImage: throw .imageReader(node: node.name, reason: "is no convolution")
    case .linear(let linear):
      if kept || mustBeFloat(node.inputs[0]) && !isInteger(node.inputs[0]) {
        try addFloat(node)
      } else {
        try addLinear(node, linear)
      }
    case .pool(let pool):
      guard !kept, isInteger(node.inputs[0]), !mustBeFloat(node.output) else { return try addFloat(node) }
      switch pool {
      case .global(.average):
        let shape = source.tensors[node.inputs[0]].shape
        try addAveragePool(node, positions: shape[2] * shape[3])
      case .window(.average, _, _, _): try addAveragePool(node, positions: 1)
      case .global(.max), .window(.max, _, _, _): try addMove(node)
      }
    case .add(let add):
      let isClamp = add.activation == nil || add.activation == .relu(high: nil)
      guard !kept, isClamp, node.inputs.count == 2, !mustBeFloat(node.output), node.inputs.allSatisfy(isInteger) else {
        return try addFloat(node)
      }
      try addSum(node)
    case .slice, .flatten:
      guard isInteger(node.inputs[0]) else { return try addFloat(node) }
      try addMove(node)
    case .activation, .batchNorm, .softmax, .quantize, .dequantize, .concat, .treeConstraint, .localResponseNorm:
      try addFloat(node)
    }
  }

  private static func reasonForFloat(_ convolution: Convolution) -> String? {
    switch (convolution.activation, convolution.globalPool) {
    case (nil, nil), (.relu(high: nil), nil), (.relu(high: nil), .average), (.relu(high: .some), _): return nil
    default: return "has an activation or a pool that int8 convolutions lack"
    }
  }

  /// The node as it is, on float32.
  private mutating func addFloat(_ node: Node) throws(QuantizeError) {
    var made = node
    made.inputs = node.inputs.map { float($0) }
    made.parameters = node.parameters.map { addConstant(of: $0) }
    made.outputs = [addFloat(node.output)]
    append(made)
  }

  private mutating func addConstant(of tensor: Int) -> Int {
    guard let constant = source.constants[tensor] else { preconditionFailure("a parameter is a constant") }
    return result.addConstant(source.tensors[tensor].name, shape: source.tensors[tensor].shape, constant)
  }

  /// A node that changes no value, only which of them there are: both sides share one quantization.
  private mutating func addMove(_ node: Node) throws(QuantizeError) {
    var made = node
    made.inputs = [try integer(node.inputs[0])]
    made.outputs = [try addInteger(node.output, like: made.inputs[0])]
    append(made)
  }

  /// `y = clamp(round(float(Σ(q − z)) · poolMultiplier + z_y))`; of a window, whose number of taps `n` inside the input
  /// depends on its place, with `poolMultiplier / n`.
  ///
  /// - Parameter positions: values that the multiplier averages.
  private mutating func addAveragePool(_ node: Node, positions: Int) throws(QuantizeError) {
    var made = node
    made.inputs = [try integer(node.inputs[0])]
    made.outputs = [try addInteger(node.output)]
    let multiplier = scale(made.inputs[0]) / (scale(made.outputs[0]) * Double(positions))
    made.requantization = Requantization(poolMultiplier: Float(multiplier))
    append(made)
  }

  /// `y = clamp(round(float(q₀ − z₀) · outputMultiplier + float(q₁ − z₁) · residualMultiplier + z_y))`.
  private mutating func addSum(_ node: Node) throws(QuantizeError) {
    var made = node
    made.inputs = [try integer(node.inputs[0]), try integer(node.inputs[1])]
    made.outputs = [try addInteger(node.output)]
    let step = scale(made.outputs[0])
    made.requantization = Requantization(
      residualMultiplier: Float(scale(made.inputs[1]) / step), outputMultiplier: Float(scale(made.inputs[0]) / step))
    append(made)
  }
}
