import HRNFormat

extension Quantize: OpDefinition {
  package static let summary = """
    Goes from float32 to 8-bit integers: y = round(x / scale + zero point), halves to even, clamped to 0 ... 255, with \
    scale and zero point of the output.
    """

  package static let examples = [
    OpExample(
      "rounding to even, and both ends of the range", .quantize(Quantize()),
      Operands(
        [Value([1, 4], [0.25, 0.75, -100, 1000])], quantization: Quantization(scale: [0.5], zeroPoint: [10])),
      gives: Value([1, 4], [10, 12, 0, 255]))
  ]

  package func evaluate(_ operands: Operands) -> Value {
    let x = operands.inputs[0]
    let lookup = AxisLookup(operands.quantization, shape: x.shape)
    let elements = x.elements.indices.map { index in
      let (scale, zeroPoint) = lookup[index]
      return min(max((x.elements[index] / scale + zeroPoint).rounded(.toNearestOrEven), 0), 255)
    }
    return Value(x.shape, elements)
  }
}

/// The scale and zero point of each element of a tensor.
struct AxisLookup {
  private let quantization: Quantization
  private let extent: Int
  private let plane: Int

  init(_ quantization: Quantization?, shape: [Int]) {
    guard let quantization else {
      preconditionFailure("an operation between float32 and integers was evaluated without a quantization")
    }
    self.quantization = quantization
    let axis = quantization.axis ?? 0
    extent = shape[axis]
    plane = shape.dropFirst(axis + 1).reduce(1, *)
  }

  subscript(element: Int) -> (scale: Float, zeroPoint: Float) {
    let index = quantization.axis == nil ? 0 : element / plane % extent
    return (quantization.scale[index], quantization.zeroPoint[index])
  }
}
