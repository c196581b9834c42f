extension GraphRules {
  /// Every tensor is well-formed by itself.
  func checkTensors() throws(FormatError) {
    for (index, tensor) in graph.tensors.enumerated() {
      do throws(TensorFault) {
        try checkShape(of: tensor)
        try checkStorage(of: tensor)
        try checkElementType(of: tensor)
        try checkQuantization(of: tensor, isImage: graph.inputs.contains(index))
        try checkLayout(of: tensor, isImage: graph.inputs.contains(index))
        try checkRange(of: tensor, isImage: graph.inputs.contains(index))
      } catch {
        throw .invalid(place(tensor: index), .tensor(error))
      }
    }
  }

  /// Extents are positive and their product fits.
  private func checkShape(of tensor: Tensor) throws(TensorFault) {
    guard (1...4).contains(tensor.shape.count) else { throw .rank(found: tensor.shape.count) }
    for (axis, extent) in tensor.shape.enumerated() where !(1...Limits.extent).contains(extent) {
      throw .extent(axis: axis, found: extent)
    }
    guard let count = tensor.shape.checkedProduct, count <= Limits.elements else {
      throw .tooManyElements(tensor.shape)
    }
  }

  /// A constant lies in the payload, an activation of a compiled graph in the arena; activations are batches of one.
  private func checkStorage(of tensor: Tensor) throws(TensorFault) {
    if tensor.weights != nil {
      guard tensor.arena == nil else { throw .constantInArena }
      return
    }
    guard tensor.shape.count == 2 || tensor.shape.count == 4 else { throw .rank(found: tensor.shape.count) }
    guard tensor.shape[0] == 1 else { throw .batch(found: tensor.shape[0]) }
    guard (tensor.arena != nil) == isCompiled else { throw isCompiled ? .arenaMissing : .arenaInSource }
  }

  /// float32 throughout, but in int8 graphs: uint8 activations, int8 weights, int32 biases; in bfloat16 graphs: maps, the
  /// picture, and weights, which have an axis for what they read.
  private func checkElementType(of tensor: Tensor) throws(TensorFault) {
    let expected: [ElementType]
    switch graph.precision {
    case .float32: expected = [.float32]
    case .bfloat16:
      let isNarrow = tensor.shape.count == 4 || tensor.shape.count == 2 && tensor.weights != nil
      expected = isNarrow ? [.float32, .bfloat16] : [.float32]
    case .int8: expected = tensor.weights == nil ? [.float32, .uint8] : [.float32, .int8, .int32]
    }
    guard expected.contains(tensor.elementType) else {
      var names = expected[0].name
      for type in expected.dropFirst() { names += " or " + type.name }
      throw .elementType(found: tensor.elementType, expected: names)
    }
  }

  /// Eight-bit tensors and pictures in bfloat16 are quantized, by scales that are neither huge nor tiny and zero points
  /// that can be stored; only a picture's zero points need not be whole.
  private func checkQuantization(of tensor: Tensor, isImage: Bool) throws(TensorFault) {
    guard tensor.elementType == .uint8 || tensor.elementType == .int8 || isImage && tensor.elementType == .bfloat16
    else {
      guard tensor.quantization == nil else { throw .quantizationUnexpected }
      return
    }
    guard let quantization = tensor.quantization else { throw .quantizationMissing }
    var expected = 1
    if let axis = quantization.axis {
      guard tensor.shape.indices.contains(axis) else { throw .axis(found: axis, rank: tensor.shape.count) }
      expected = tensor.shape[axis]
    }
    guard quantization.scale.count == expected, quantization.zeroPoint.count == expected else {
      throw .scaleCount(
        scales: quantization.scale.count, zeroPoints: quantization.zeroPoint.count, expected: expected)
    }
    for (index, scale) in quantization.scale.enumerated()
    where !(scale >= Limits.smallestScale && scale <= Limits.largestScale) {
      throw .scale(index: index, scale)
    }
    for (index, zero) in quantization.zeroPoint.enumerated() {
      let isSound: Bool
      switch tensor.elementType {
      case .int8: isSound = zero == 0
      default: isSound = isImage ? zero.isFinite : (zero >= 0 && zero <= 255 && zero == zero.rounded())
      }
      guard isSound else { throw .zeroPoint(index: index, zero) }
    }
  }

  /// A range holds zero, and its 256 steps are neither huge nor tiny; a picture's values are known without one.
  private func checkRange(of tensor: Tensor, isImage: Bool) throws(TensorFault) {
    guard let range = tensor.range else { return }
    guard !isCompiled, tensor.weights == nil, !isImage else { throw .rangeUnexpected }
    let step = (Double(range.high) - Double(range.low)) / 255
    guard range.low <= 0, range.high >= 0, step >= Double(Limits.smallestScale), step <= Double(Limits.largestScale)
    else { throw .range(range) }
  }

  /// Source graphs are plain. Of compiled ones constants are packed, pictures pixels, maps blocked, vectors plain.
  /// Float maps have blocks of 16 lanes, the fewest that kernels write, so that no lane holds a number of nobody's.
  private func checkLayout(of tensor: Tensor, isImage: Bool) throws(TensorFault) {
    guard isCompiled else {
      guard tensor.layout == .plain else { throw .layout(found: tensor.layout.name, expected: "plain") }
      return
    }
    let isMap = tensor.weights == nil && tensor.shape.count == 4
    switch tensor.layout {
    case .packed(_, let inputBlock):
      guard tensor.weights != nil else {
        throw .layout(found: tensor.layout.name, expected: isMap ? "blocked" : "plain")
      }
      guard (1...Limits.extent).contains(inputBlock) else { throw .inputBlock(found: inputBlock) }
    case .blocked(let channelBlock):
      guard isMap else {
        throw .layout(found: tensor.layout.name, expected: tensor.weights == nil ? "plain" : "packed")
      }
      guard !isImage else { throw .layout(found: tensor.layout.name, expected: "pixels") }
      let isFloat = tensor.elementType != .uint8
      guard channelBlock == 16 || (!isFloat && (channelBlock == 32 || channelBlock == 64)) else {
        throw .channelBlock(found: channelBlock, tensor.elementType)
      }
    case .pixels(let border, let rowPitch):
      guard isMap, isImage else { throw .layout(found: tensor.layout.name, expected: isMap ? "blocked" : "plain") }
      guard (0...Limits.extent).contains(border) else { throw .border(found: border) }
      let minimum = (tensor.shape[3] + 2 * border).multipliedReportingOverflow(by: tensor.shape[1])
      guard !minimum.overflow, rowPitch >= minimum.partialValue, rowPitch <= Limits.elements else {
        throw .rowPitch(found: rowPitch, minimum: minimum.partialValue)
      }
    case .plain:
      guard tensor.weights == nil, !isMap else {
        throw .layout(found: tensor.layout.name, expected: isMap ? "blocked" : "packed")
      }
    }
  }
}

extension TensorFault: Error {}

extension [Int] {
  /// The product of all numbers, or nil where a machine word cannot hold it.
  var checkedProduct: Int? {
    var product = 1
    for factor in self {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      if overflow { return nil }
      product = next
    }
    return product
  }
}

extension Int {
  /// The smallest multiple of `step` that is not less than this number, which is not negative and at most a size in
  /// memory.
  func roundedUp(to step: Int) -> Int { (self + step - 1) / step * step }
}

extension Layout {
  /// The name that people read.
  package var name: String {
    switch self {
    case .plain: "plain"
    case .blocked: "blocked"
    case .pixels: "pixels"
    case .packed: "packed"
    }
  }
}
