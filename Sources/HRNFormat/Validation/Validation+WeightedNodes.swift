extension CompiledNodeRules {
  /// Weights, bias and multiplier of a convolution, the picture that a stem reads, and its fused parts.
  func check(_ convolution: Convolution) throws(NodeFault) {
    if node.plan?.algorithm == .winograd8 { return try checkWinograd8() }
    try checkWeighted()
    // Sums that are pooled keep their width.
    let stored = input(0).elementType
    try expect(output, stored == .bfloat16 && convolution.globalPool != nil ? .float32 : stored)
    if let activation = convolution.activation, activation.clamp == nil {
      throw .unsupported("a convolution with \(activation.name)")
    }
    if node.inputs.count == 2 {
      try expect(input(1), stored)
      guard case .blocked = input(1).layout else { throw .layoutsDiffer(input(1).name, output.name) }
      if convolution.globalPool == nil, input(1).layout != output.layout {
        throw .layoutsDiffer(input(1).name, output.name)
      }
    }
    guard case .blocked = output.layout else { throw .unsupported("a convolution to \(output.layout.name)") }
    if convolution.globalPool != nil, isInteger, convolution.activation != .relu(high: nil) {
      throw .unsupported("a pooled integer convolution without a plain ReLU")
    }
    let weights = parameter(0).shape
    let extent = convolution.extent(of: Extent2D(y: weights[2], x: weights[3]))
    guard max(extent.y, extent.x) <= Limits.extent else {
      throw .attribute("a window of", found: max(extent.y, extent.x), maximum: Limits.extent)
    }
    try checkBorderClasses(convolution)
    switch input(0).layout {
    case .pixels(let border, let rowPitch):
      try checkPicture(convolution, extent, border: border, rowPitch: rowPitch)
      try checkPacked(inputBlock: (input(0).shape[1] * extent.x).roundedUp(to: 4), blocks: 1, taps: weights[2])
    case .blocked(let block) where convolution.isDepthwise(weights: weights):
      // Its channels lie alike on both sides.
      let alike = convolution.globalPool == nil ? output : node.inputs.count == 2 ? input(1) : input(0)
      guard alike.layout == .blocked(channelBlock: block) else { throw .layoutsDiffer(input(0).name, alike.name) }
      try checkPacked(.depthwise, inputBlock: 1, blocks: 1, taps: weights[2] * weights[3])
    case .blocked(let block):
      let blocks = InputBlocks(outputs: weights[0], inputs: weights[1], groups: convolution.groups, block: block)
      try checkPacked(inputBlock: block, blocks: blocks.count, taps: weights[2] * weights[3])
    default: throw .unsupported("a convolution of \(input(0).layout.name)")
    }
  }

  /// Weights, biases and multipliers of the positions of Winograd in 8 bits, and its float bias. What it may compute is a
  /// rule of plans.
  private func checkWinograd8() throws(NodeFault) {
    guard node.parameters.count == 4 else { throw .parameterCount(found: node.parameters.count, expected: 4) }
    let weights = parameter(0)
    try expect(input(0), .uint8)
    try expect(output, .uint8)
    try expect(weights, .int8)
    try expect(parameter(1), .int32)
    try expect(parameter(2), .float32)
    try expect(parameter(3), .float32)
    guard weights.quantization?.axis == 0 else {
      throw .channelAxis(tensor: weights.name, found: weights.quantization?.axis ?? -1)
    }
    guard case .blocked = output.layout else { throw .unsupported("a convolution to \(output.layout.name)") }
    guard case .blocked(let block) = input(0).layout else {
      throw .unsupported("a convolution of \(input(0).layout.name)")
    }
    try checkPacked(
      .winograd8, inputBlock: weights.shape[1].roundedUp(to: block), blocks: 1, taps: Winograd8Input.positions)
  }

  /// Weights, bias and multiplier of a linear, and its addend.
  func checkLinear() throws(NodeFault) {
    try checkWeighted(or: .bfloat16)
    if !isInteger {
      try expect(input(0), .float32)
      try expect(output, .float32)
    }
    if node.inputs.count == 2 { try expect(input(1), .float32) }
    if isInteger, parameter(1).shape.count != 1 { throw .borderClasses(found: parameter(1).shape, expected: []) }
    try checkPacked(inputBlock: parameter(0).shape[1].roundedUp(to: 4), blocks: 1, taps: 1)
  }

  /// float32 and bfloat16: weights of the input's type, or of another, and a float32 bias. int8: int8 weights with a scale per output, an int32 bias, float32 multipliers.
  private func checkWeighted(or other: ElementType? = nil) throws(NodeFault) {
    let expected = isInteger ? 3 : 2
    guard node.parameters.count == expected else {
      throw .parameterCount(found: node.parameters.count, expected: expected)
    }
    let weights = parameter(0)
    guard isInteger else {
      if weights.elementType != other { try expect(weights, input(0).elementType) }
      try expect(parameter(1), .float32)
      return
    }
    try expect(weights, .int8)
    try expect(parameter(1), .int32)
    try expect(parameter(2), .float32)
    guard weights.quantization?.axis == 0 else {
      throw .channelAxis(tensor: weights.name, found: weights.quantization?.axis ?? -1)
    }
    let depth = [Int](weights.shape.dropFirst()).checkedProduct ?? Int.max
    guard depth <= Limits.int8Depth else { throw .depth(found: depth) }
  }

  /// The weights fill their packed form, and bias and multiplier whole lanes.
  private func checkPacked(
    _ packing: Packing = .portable, inputBlock: Int, blocks: Int, taps: Int
  ) throws(NodeFault) {
    let weights = parameter(0)
    let lanes = weights.shape[0].roundedUp(to: Packing.laneStep)
    try check(weights, packing, inputBlock: inputBlock, elements: [lanes, blocks, taps, inputBlock])
    for index in node.parameters.indices.dropFirst() {
      let rows = [Int](parameter(index).shape.dropLast())
      try check(parameter(index), .portable, inputBlock: 1, elements: rows + [lanes])
    }
  }

  func check(
    _ constant: Tensor, _ packing: Packing = .portable, inputBlock: Int, elements: [Int]
  ) throws(NodeFault) {
    guard case .packed(packing, let found) = constant.layout, found == inputBlock else {
      guard case .packed(let other, let found) = constant.layout else {
        throw .packedWith(tensor: constant.name, found: 0, expected: inputBlock)
      }
      guard other == packing else { throw .packedAs(tensor: constant.name, found: other, expected: packing) }
      throw .packedWith(tensor: constant.name, found: found, expected: inputBlock)
    }
    let length = (elements + [constant.elementType.byteCount]).checkedProduct
    guard let region = constant.weights, region.length == length else {
      throw .packedLength(tensor: constant.name, found: constant.weights?.length ?? 0, expected: length ?? Int.max)
    }
  }

  /// A stem's padding is no wider than the border of its picture, and it stays inside the rows while it reads four lanes
  /// at a time.
  private func checkPicture(
    _ convolution: Convolution, _ extent: Extent2D, border: Int, rowPitch: Int
  ) throws(NodeFault) {
    let padding = convolution.padding
    guard max(padding.top, padding.left, padding.bottom, padding.right) <= border, node.inputs.count == 1 else {
      throw .imagePadding(border: border)
    }
    let channels = input(0).shape[1]
    let first = border - padding.left + (convolvedPositions(convolution)[1] - 1) * convolution.stride.x
    let minimum = first * channels + (extent.x * channels).roundedUp(to: 4)
    guard rowPitch >= minimum else { throw .rowPitch(found: rowPitch, minimum: minimum) }
  }

  /// Where the padding is not worth zero, the bias has a row for each class of rows and columns at the border.
  private func checkBorderClasses(_ convolution: Convolution) throws(NodeFault) {
    guard isInteger else {
      guard parameter(1).shape.count == 1 else { throw .borderClasses(found: parameter(1).shape, expected: []) }
      return
    }
    let weights = parameter(0).shape
    let image = input(0).shape
    let positions = convolvedPositions(convolution)
    let rows = BorderAxis(
      outputs: positions[0], input: image[2], kernel: weights[2], stride: convolution.stride.y,
      padding: convolution.padding.top, dilation: convolution.dilation.y, limit: Limits.borderClasses
    ).count
    let columns = BorderAxis(
      outputs: positions[1], input: image[3], kernel: weights[3], stride: convolution.stride.x,
      padding: convolution.padding.left, dilation: convolution.dilation.x, limit: Limits.borderClasses
    ).count
    guard rows <= Limits.borderClasses, columns <= Limits.borderClasses else {
      throw .unsupported("a convolution with more than \(Limits.borderClasses) border classes")
    }
    let isNeeded = rows * columns > 1 && (input(0).quantization?.zeroPoint ?? []).contains { $0 != 0 }
    let bias = parameter(1).shape
    let fits = bias.count == 3 ? bias[0] == rows && bias[1] == columns : !isNeeded
    guard fits else { throw .borderClasses(found: bias, expected: [rows, columns, weights[0]]) }
    guard bias.count == 1 || positions.allSatisfy({ $0 <= Limits.classifiedPositions }) else {
      throw .unsupported("border classes on a map of more than \(Limits.classifiedPositions) rows or columns")
    }
  }

  /// Output rows and columns before a fused pool.
  func convolvedPositions(_ convolution: Convolution) -> [Int] {
    guard let shape = try? convolution.convolvedShape(input: input(0).shape, weights: parameter(0).shape) else {
      preconditionFailure("the shapes of a node are checked before its layouts")
    }
    return [shape[2], shape[3]]
  }
}
