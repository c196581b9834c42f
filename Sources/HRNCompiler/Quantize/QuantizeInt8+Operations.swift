import HRNFormat
import HRNGraph

extension QuantizeInt8 {
  /// Adds what stands for a node of the source: in int8 where there is a rule and nothing forbids it, else in float32.
  mutating func add(_ node: Node) throws(QuantizeError) {
    let isInteger = !mustBeFloat(node.output) && node.inputs.allSatisfy { self.isInteger($0) }
    switch node.operation {
    case _ where options.keepFloat.contains(node.name): try addFloat(node)
    case .convolution(let convolution):
      try Self.isInteger(convolution) ? addConvolution(node, convolution) : addFloat(node)
    case .linear(let linear):
      if mustBeFloat(node.inputs[0]) && !self.isInteger(node.inputs[0]) {
        try addFloat(node)
      } else {
        try addLinear(node, linear)
      }
    case .pool(.global(.average)) where isInteger:
      let shape = source.tensors[node.inputs[0]].shape
      try addAveragePool(node, positions: shape[2] * shape[3])
    case .pool(.window(.average, _, _, _)) where isInteger: try addAveragePool(node, positions: 1)
    case .pool(.global(.max)) where isInteger, .pool(.window(.max, _, _, _)) where isInteger: try addMove(node)
    case .add(let add) where isInteger && node.inputs.count == 2 && add.activation.isClampOrNone: try addSum(node)
    case .batchNorm(let norm) where isInteger && norm.activation.isClampOrNone: try addNorm(node, norm)
    case .activation where isInteger: try addTable(node)
    case .concat where !mustBeFloat(node.output) && node.inputs.contains { self.isInteger($0) }: try addConcat(node)
    case .slice where self.isInteger(node.inputs[0]), .flatten where self.isInteger(node.inputs[0]): try addMove(node)
    case .pool, .add, .batchNorm, .activation, .concat, .slice, .flatten, .softmax, .quantize, .dequantize,
      .treeConstraint, .localResponseNorm:
      try addFloat(node)
    }
  }

  private static func isInteger(_ convolution: Convolution) -> Bool {
    switch (convolution.activation, convolution.globalPool) {
    case (let activation, nil): activation.isClampOrNone
    case (.relu(high: _), .average): true
    default: false
    }
  }

  /// The node as it is, on float32.
  private mutating func addFloat(_ node: Node) throws(QuantizeError) {
    var made = node
    made.inputs = node.inputs.map { float($0) }
    if case .batchNorm(let norm) = node.operation {
      let (scale, shift) = affine(norm, node)
      setAffine(of: &made, norm, scale: scale, shift: shift)
    } else {
      made.parameters = node.parameters.map { addConstant(of: $0) }
    }
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

  // MARK: Norms, functions, parts

  /// `y = clamp(round(float(q) · scale[c] + shift[c]))`, both in steps of the output, the zero points in the shift.
  private mutating func addNorm(_ node: Node, _ norm: BatchNorm) throws(QuantizeError) {
    var made = node
    made.inputs = [try integer(node.inputs[0])]
    made.outputs = [try addInteger(node.output)]
    let (input, output) = (made.inputs[0], made.outputs[0])
    let (scale, shift) = affine(norm, node)
    let steps = scale.map { $0 * self.scale(input) / self.scale(output) }
    setAffine(
      of: &made, norm, scale: steps,
      shift: shift.indices.map { shift[$0] / self.scale(output) - steps[$0] * zero(input) + zero(output) })
    append(made)
  }

  private func affine(_ norm: BatchNorm, _ node: Node) -> (scale: [Double], shift: [Double]) {
    norm.affine(node.parameters.map { source.floats(of: $0) ?? [] })
  }

  private mutating func setAffine(of node: inout Node, _ norm: BatchNorm, scale: [Double], shift: [Double]) {
    node.operation = .batchNorm(BatchNorm(epsilon: 0, activation: norm.activation))
    node.parameters = [(".scale", scale), (".shift", shift)].map { suffix, values in
      result.addConstant(node.name + suffix, shape: [values.count], .float32(values.map { Float($0) }))
    }
  }

  /// A function of one number is a table of 256.
  private mutating func addTable(_ node: Node) throws(QuantizeError) {
    var made = node
    made.inputs = [try integer(node.inputs[0])]
    made.outputs = [try addInteger(node.output)]
    append(made)
  }

  /// Parts quantized otherwise than the whole go through a table each.
  private mutating func addConcat(_ node: Node) throws(QuantizeError) {
    var made = node
    made.inputs = []
    for input in node.inputs { made.inputs.append(try integer(input)) }
    made.outputs = [try addInteger(node.output)]
    append(made)
  }
}

extension Optional where Wrapped == Activation {
  /// Whether integers can do this to their results: nothing, or to clamp.
  fileprivate var isClampOrNone: Bool { self.map { $0.clamp != nil } ?? true }
}
