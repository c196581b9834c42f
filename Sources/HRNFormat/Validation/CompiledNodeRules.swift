/// What the kernels of a compiled graph need of a node.
struct CompiledNodeRules {
  let graph: ModelGraph
  let node: Node

  var output: Tensor { graph.tensors[node.outputs[0]] }

  func input(_ index: Int) -> Tensor { graph.tensors[node.inputs[index]] }

  func parameter(_ index: Int) -> Tensor { graph.tensors[node.parameters[index]] }

  /// Whether the node computes in integers.
  var isInteger: Bool { input(0).elementType == .uint8 }

  func check() throws(NodeFault) {
    switch node.operation {
    case .convolution(let convolution): try check(convolution)
    case .linear: try checkLinear()
    case .batchNorm(let norm): try check(norm)
    case .concat: try checkConcat()
    case .treeConstraint, .localResponseNorm:
      try expect(input(0), .float32)
      try expect(output, .float32)
      try checkSameLayout()
    case .activation:
      try checkNoBFloat16()
      try expect(output, input(0).elementType)
      try checkSameLayout()
    case .pool(let pool): try check(pool)
    case .add(let add): try check(add)
    case .slice(let slice):
      try checkMove()
      if !isView { break }
      try checkSameLayout()
      if case .blocked(let block) = output.layout, slice.begin % block != 0 {
        throw .sliceInsideBlock(begin: slice.begin, block: block)
      }
      if output.layout == .plain { try expect(output, .float32) }
    case .flatten:
      try checkMove()
      guard !isView || input(0).shape[2] == 1 && input(0).shape[3] == 1 else {
        throw .unsupported("a view of a map beyond 1x1")
      }
    case .softmax:
      try expect(input(0), .float32)
      try expect(output, .float32)
    case .quantize:
      try expect(input(0), .float32)
      try expect(output, narrow)
      try checkSameLayout()
    case .dequantize:
      try expect(input(0), narrow)
      try expect(output, .float32)
      if case .pixels = input(0).layout, isInteger { break }
      try checkSameLayout()
    }
    try checkPerTensor()
    try checkMultipliers()
  }

  /// The type that quantize goes to from float32, and dequantize comes from.
  private var narrow: ElementType { graph.precision == .bfloat16 ? .bfloat16 : .uint8 }

  /// There is no kernel that reads bfloat16: a dequantize must come before.
  private func checkNoBFloat16() throws(NodeFault) {
    guard input(0).elementType != .bfloat16 else { throw .unsupported("\(node.operation.name) of bfloat16") }
  }

  func expect(_ tensor: Tensor, _ type: ElementType) throws(NodeFault) {
    guard tensor.elementType == type else {
      throw .elementType(tensor: tensor.name, found: tensor.elementType, expected: type.name)
    }
  }

  func checkSameLayout() throws(NodeFault) {
    for index in node.inputs where graph.tensors[index].layout != output.layout {
      throw .layoutsDiffer(graph.tensors[index].name, output.name)
    }
  }

  func checkSameQuantization(_ one: Tensor, _ other: Tensor) throws(NodeFault) {
    guard one.quantization == other.quantization else { throw .quantizationsDiffer(one.name, other.name) }
  }

  private var isView: Bool { node.plan?.algorithm == .view }

  private func checkMove() throws(NodeFault) {
    try expect(output, input(0).elementType)
    try checkSameQuantization(input(0), output)
  }

  /// Parts of the result's type; those in integers are requantized by tables.
  private func checkConcat() throws(NodeFault) {
    for index in node.inputs {
      try expect(graph.tensors[index], output.elementType)
      // Maps are blocked and vectors plain; only the picture lies otherwise.
      if case .pixels = graph.tensors[index].layout { throw .layoutsDiffer(graph.tensors[index].name, output.name) }
    }
  }

  /// A scale and a shift for each channel; integers are clamped, and nothing else.
  private func check(_ norm: BatchNorm) throws(NodeFault) {
    try checkNoBFloat16()
    guard norm.epsilon == 0 else { throw .epsilon(norm.epsilon, expected: "0, since scale and shift have it") }
    guard node.parameters.count == 2 else { throw .parameterCount(found: node.parameters.count, expected: 2) }
    try expect(output, input(0).elementType)
    try checkSameLayout()
    for index in [0, 1] {
      try expect(parameter(index), .float32)
      try check(parameter(index), inputBlock: 1, elements: [parameter(index).shape[0].roundedUp(to: Packing.laneStep)])
    }
    guard isInteger else { return }
    if let activation = norm.activation, activation.clamp == nil {
      throw .unsupported("\(activation.name) of an integer batch norm")
    }
    // A block of 32 or 64 lanes that is not full has lanes without a scale.
    if case .blocked(let block) = output.layout, block > Packing.laneStep, output.shape[1] % block != 0 {
      throw .unsupported("an integer batch norm of a block that is not full")
    }
  }

  /// Activations that a kernel computes with have one scale; only the picture has one per channel.
  private func checkPerTensor() throws(NodeFault) {
    for index in node.inputs + node.outputs {
      let tensor = graph.tensors[index]
      guard let quantization = tensor.quantization, let axis = quantization.axis else { continue }
      var readsPixels = false
      if case .pixels = tensor.layout {
        switch node.operation {
        case .convolution, .dequantize: readsPixels = true
        default: break
        }
      }
      guard readsPixels, axis == 1 else { throw .channelAxis(tensor: tensor.name, found: axis) }
    }
  }

  private func check(_ pool: Pool) throws(NodeFault) {
    switch pool {
    case .window(.max, kernel: _, stride: _, padding: _), .global(.max):
      try checkSameQuantization(input(0), output)
    case .window(.average, let kernel, stride: _, padding: _):
      try checkSum(min(kernel.y, input(0).shape[2]) * min(kernel.x, input(0).shape[3]))
    case .global(.average): try checkSum(input(0).shape[2] * input(0).shape[3])
    }
    // What is summed over a whole map of bfloat16 is as exact as its sum.
    let isSum = pool == .global(.average) && input(0).elementType == .bfloat16
    try expect(output, isSum ? .float32 : input(0).elementType)
    try checkSameLayout()
  }

  /// The bytes that a window of `positions` sums fit into 32 bits.
  private func checkSum(_ positions: Int) throws(NodeFault) {
    guard !isInteger || positions <= Limits.elements / 255 else { throw .poolOverflow(high: 255, positions: positions) }
  }

  private func check(_ add: Add) throws(NodeFault) {
    for index in node.inputs { try expect(graph.tensors[index], output.elementType) }
    try checkSameLayout()
    guard output.elementType != .float32 else { return }
    let kind = isInteger ? "integers" : "bfloat16"
    guard node.inputs.count == 2 else { throw .unsupported("a sum of \(node.inputs.count) tensors of \(kind)") }
    if let activation = add.activation, activation.clamp == nil {
      throw .unsupported("\(activation.name) of a sum of \(kind)")
    }
  }

  /// Which multipliers a node has follows from what it does.
  private func checkMultipliers() throws(NodeFault) {
    var (residual, pool, output) = (false, false, false)
    if isInteger {
      switch node.operation {
      case .convolution(let convolution): (residual, pool) = (node.inputs.count == 2, convolution.globalPool != nil)
      case .linear: output = self.output.elementType == .uint8
      case .pool(let operation): pool = operation.kind == .average
      case .add: (residual, output) = (true, true)
      default: break
      }
    }
    let found = node.requantization
    try check(multiplier: "residual_multiplier", found?.residualMultiplier, isNeeded: residual)
    try check(multiplier: "pool_multiplier", found?.poolMultiplier, isNeeded: pool)
    try check(multiplier: "output_multiplier", found?.outputMultiplier, isNeeded: output)
    try check(found?.winograd8, isNeeded: node.plan?.algorithm == .winograd8)
    guard pool, case .convolution(let convolution) = node.operation else {
      try check(multiplier: "pool_high", found?.poolHigh, isNeeded: false)
      return
    }
    try check(multiplier: "pool_high", found?.poolHigh, isNeeded: true)
    try checkPooledSum(convolution, high: found?.poolHigh ?? 0)
  }

  /// The values that a pooled convolution sums are integers whose sum fits into 32 bits.
  private func checkPooledSum(_ convolution: Convolution, high: Float) throws(NodeFault) {
    guard high >= 1, high <= Limits.poolHigh, high == high.rounded() else { throw .multiplier("pool_high", high) }
    let positions = convolvedPositions(convolution).checkedProduct ?? Int.max
    guard positions <= Limits.elements / Int(high) else { throw .poolOverflow(high: high, positions: positions) }
  }

  private func check(_ input: Winograd8Input?, isNeeded: Bool) throws(NodeFault) {
    guard let input else {
      if isNeeded { throw .multiplierMissing("input_multiplier") }
      return
    }
    guard isNeeded else { throw .multiplierUnexpected("input_multiplier") }
    for (name, values, maximum) in [
      ("input_multiplier", input.multipliers, Int(Int16.max)), ("input_offset", input.offsets, Int(UInt8.max)),
    ] where values.count != Winograd8Input.positions || !values.allSatisfy({ (0...maximum).contains($0) }) {
      throw .winograd8Input(name, values)
    }
  }

  private func check(multiplier name: String, _ value: Float?, isNeeded: Bool) throws(NodeFault) {
    guard let value else {
      if isNeeded { throw .multiplierMissing(name) }
      return
    }
    guard isNeeded else { throw .multiplierUnexpected(name) }
    guard value >= Limits.smallestScale, value <= Limits.largestScale else { throw .multiplier(name, value) }
  }
}
