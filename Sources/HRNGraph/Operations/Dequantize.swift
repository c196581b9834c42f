import HRNFormat

extension Dequantize: OpDefinition {
  package static let summary = """
    Goes from 8-bit integers to the numbers they stand for: y = scale (x - zero point), with scale and zero point of \
    the input.
    """

  package static let examples = [
    OpExample(
      "below, at and above the zero point", .dequantize(Dequantize()),
      Operands([Value([1, 3], [8, 10, 13])], quantization: Quantization(scale: [0.5], zeroPoint: [10])),
      gives: Value([1, 3], [-1, 0, 1.5]))
  ]

  package func evaluate(_ operands: Operands) -> Value {
    let x = operands.inputs[0]
    let lookup = AxisLookup(operands.quantization, shape: x.shape)
    let elements = x.elements.indices.map { index in
      let (scale, zeroPoint) = lookup[index]
      return scale * (x.elements[index] - zeroPoint)
    }
    return Value(x.shape, elements)
  }
}
