/// What is wrong with the bytes of the weights payload.
package enum WeightFault: Error, Equatable, Sendable {
  /// An element of a float constant, or of a golden's answer, is not a finite number.
  case notFinite(element: Int)
  /// A byte between two regions is not zero.
  case gap(offset: Int)
  /// A batch norm divides by the root of a negative number.
  case variance(element: Int, Float)
  /// An output's sum may leave 32 bits.
  case accumulator(output: Int, bound: Int)
  /// An output's sum may be larger than an exact Winograd restores.
  case winograd(output: Int, bound: Int)
  /// Sixteen bits do not hold the sums of two steps of an output's weights, though the plan says so.
  case narrow(output: Int)
  /// A golden picture does not begin as a JPEG file does.
  case notAPicture
}

extension ModelFile {
  /// Reads all weights and checks what the graph alone cannot say: floats are finite, variances not negative, int8 sums
  /// stay within 32 bits and within what the plan says, gaps are zero, goldens are JPEG files.
  package func verifyWeights() throws(FormatError) {
    for (index, tensor) in graph.tensors.enumerated() {
      guard let region = tensor.weights else { continue }
      try report(.tensor(index, tensor.name)) { () throws(WeightFault) in
        switch tensor.elementType {
        case .float32: try checkFinite(region)
        case .bfloat16: try checkFiniteHalves(region)
        case .uint8, .int8, .int32: break
        }
      }
    }
    for (step, node) in graph.nodes.enumerated() {
      try report(.node(step, node.name)) { () throws(WeightFault) in try check(node) }
    }
    for (index, golden) in graph.goldens.enumerated() {
      try report(.golden(index, golden.name)) { () throws(WeightFault) in
        let jpeg = bytes(golden.jpeg)
        guard jpeg.count > 3, jpeg[0] == 0xFF, jpeg[1] == 0xD8, jpeg[2] == 0xFF else { throw .notAPicture }
        for answer in golden.answers {
          try checkFinite(answer.expected)
          if let reference = answer.reference { try checkFinite(reference) }
        }
      }
    }
    try report(.graph) { () throws(WeightFault) in try checkGaps() }
  }

  private func report(_ place: Place, _ check: () throws(WeightFault) -> Void) throws(FormatError) {
    do throws(WeightFault) {
      try check()
    } catch {
      throw .invalid(place, .weights(error))
    }
  }

  private func checkFinite(_ region: Region) throws(WeightFault) {
    let bytes = bytes(region)
    for element in 0..<region.length / 4 where !bytes.float(element).isFinite { throw .notFinite(element: element) }
  }

  /// The same of bfloat16, the upper half of a float.
  private func checkFiniteHalves(_ region: Region) throws(WeightFault) {
    let bytes = bytes(region)
    for element in 0..<region.length / 2 {
      let half = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * element, as: UInt16.self))
      guard half & 0x7F80 != 0x7F80 else { throw .notFinite(element: element) }
    }
  }

  private func check(_ node: Node) throws(WeightFault) {
    switch node.operation {
    case .batchNorm(let norm):
      guard node.parameters.count == 4, let region = graph.tensors[node.parameters[3]].weights else { return }
      let variances = bytes(region)
      for element in 0..<region.length / 4 {
        let variance = variances.float(element)
        guard variance >= 0, variance + norm.epsilon > 0 else { throw .variance(element: element, variance) }
      }
    case .convolution, .linear:
      if graph.tensors[node.parameters[0]].elementType == .int8 { try checkSums(of: node) }
    default: break
    }
  }

  /// |bias| + 255 · Σ|w| of each output fits into an int32, so that no order of summation can overflow.
  private func checkSums(of node: Node) throws(WeightFault) {
    let (weights, bias) = (graph.tensors[node.parameters[0]], graph.tensors[node.parameters[1]])
    guard let weightRegion = weights.weights, let biasRegion = bias.weights else { return }
    let outputs = weights.shape[0]
    let lanes = outputs.roundedUp(to: Packing.laneStep)
    let biases = bytes(biasRegion)
    let packed = PackedSums(of: bytes(weightRegion), lanes: lanes, weights.layout)
    if node.plan?.isNarrow == true, let output = packed.firstNotNarrow { throw .narrow(output: output) }
    if node.plan?.algorithm == .winograd, let (output, bound) = packed.firstBeyondWinograd {
      throw .winograd(output: output, bound: bound)
    }
    for row in 0..<biasRegion.length / 4 / lanes {
      for output in 0..<outputs {
        let bound = abs(Int(biases.int32(row * lanes + output))) + 255 * packed.magnitude(of: output)
        guard bound <= Int(Int32.max) else { throw .accumulator(output: output, bound: bound) }
      }
    }
  }

  private func checkGaps() throws(WeightFault) {
    var regions = graph.tensors.compactMap { $0.weights }
    for golden in graph.goldens {
      regions.append(golden.jpeg)
      regions += golden.answers.flatMap { [$0.expected] + ($0.reference.map { [$0] } ?? []) }
    }
    regions.sort { $0.offset < $1.offset }
    let payload = weights
    var end = 0
    for region in regions {
      for offset in end..<region.offset where payload[offset] != 0 { throw .gap(offset: offset) }
      end = region.end
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Element `index` of an array of little-endian int32.
  fileprivate func int32(_ index: Int) -> Int32 {
    Int32(littleEndian: loadUnaligned(fromByteOffset: 4 * index, as: Int32.self))
  }

  /// Element `index` of an array of little-endian float32.
  fileprivate func float(_ index: Int) -> Float { Float(bitPattern: UInt32(bitPattern: int32(index))) }
}

extension WeightFault {
  var message: String {
    switch self {
    case .notFinite(let element): "holds a number that is not finite, element \(element)"
    case .gap(let offset): "has a byte that is not zero between two constants, at \(offset) of the weights"
    case .variance(let element, let value):
      "has variance \(value) for channel \(element), expected 0 or more, and above 0 where epsilon is 0"
    case .accumulator(let output, let bound):
      "may sum to \(bound) for output \(output), more than 32 bits hold"
    case .winograd(let output, let bound):
      "may sum to \(bound) for output \(output), but is computed by Winograd, which restores less than \(PackedSums.winogradLimit)"
    case .narrow(let output):
      "has weights for output \(output) that sum to more than 16 bits hold, but its plan says that they are narrow"
    case .notAPicture: "is not a JPEG picture"
    }
  }
}
