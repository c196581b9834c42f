import HRNFormat
import HRNGraph

extension QuantizeInt8 {
  /// How many times the largest calibrated value the integers of a fused pool reach: sixteen bits have room to spare.
  private static let poolHeadroom = 4.0

  /// A convolution: uint8 in, uint8 out.
  ///
  ///     y = clamp(round(float(acc) · m[c] + float(r − z_r) · residualMultiplier + z_y)),   m = s_x · s_w[c] / s_y
  ///
  /// With a fused pool the value is rounded to one of up to 65536 levels instead, summed over the map, and the mean is
  /// rounded to uint8.
  mutating func addConvolution(_ node: Node, _ convolution: Convolution) throws(QuantizeError) {
    var made = node
    made.inputs = []
    if let pixels = pixels(for: node) {
      made.inputs = [pixels]
    } else {
      for input in node.inputs { made.inputs.append(try integer(input)) }
    }
    let weightShape = source.tensors[node.parameters[0]].shape
    let input = source.tensors[node.inputs[0]].shape
    let window = Self.window(convolution, input: input, weights: weightShape)
    let rule = ConvolutionAlgorithm.rule(
      convolution, input: input, weights: weightShape, readsPixels: pixels(for: node) != nil, options.plan)
    let layer = try layer(node, window: window, input: made.inputs[0], rule)

    made.outputs = [try addInteger(node.output)]
    var step = scale(made.outputs[0])
    var requantization = Requantization()
    if convolution.globalPool != nil {
      let positions = Double(window.positions)
      let high = min(65535, (Int8Weights.accumulatorLimit / positions).rounded(.down))
      let largest = try calibration.largestBeforePool(of: node.output, in: source)
      let fine = largest > 0 ? largest * Self.poolHeadroom / high : 1
      // A ReLU that is bounded above is so before the pool.
      var bound = high
      if case .relu(high: let limit?) = convolution.activation { bound = min(high, (Double(limit) / fine).rounded()) }
      requantization.poolMultiplier = Float(fine / (step * positions))
      requantization.poolHigh = Float(bound)
      step = fine
      poolSteps[result.nodes.count] = fine
    }
    if let residual = made.inputs.dropFirst().first {
      requantization.residualMultiplier = Float(scale(residual) / step)
    }
    made.requantization = requantization
    let multiplier = (0..<layer.outputs).map { Float(layer.unit($0) / step) }
    made.parameters = addParameters(of: node, layer, weightShape, multiplier)
    append(made, layer: layer)
  }

  /// A linear: uint8 in; float32 out, or uint8 where integers are read further on.
  ///
  ///     t = activation(float(acc) · m[c] + addend),  m = s_x · s_w[c];    y = t,  or  clamp(round(t / s_y + z_y))
  mutating func addLinear(_ node: Node, _ linear: Linear) throws(QuantizeError) {
    var made = node
    let weightShape = source.tensors[node.parameters[0]].shape
    let isFloat = mustBeFloat(node.output) || node.inputs.count > 1
    made.inputs = [try integer(node.inputs[0])] + node.inputs.dropFirst().map { float($0) }
    let layer = try layer(node, window: PatchSums.Window(features: weightShape[1]), input: made.inputs[0], .none)
    made.requantization = Requantization()
    if isFloat {
      made.outputs = [addFloat(node.output)]
    } else {
      made.outputs = [try addInteger(node.output)]
      made.requantization?.outputMultiplier = Float(1 / scale(made.outputs[0]))
    }
    let multiplier = (0..<layer.outputs).map { Float(layer.unit($0)) }
    made.parameters = addParameters(of: node, layer, weightShape, multiplier)
    append(made, layer: layer)
  }

  /// The integers of a weighted node. A stem's weights take up the scale of each colour.
  private func layer(
    _ node: Node, window: PatchSums.Window, input: Int, _ rule: SumRule
  ) throws(QuantizeError) -> Int8Layer {
    guard let weights = source.floats(of: node.parameters[0]) else { preconditionFailure("weights are float32") }
    let bias = node.parameters.dropFirst().first.flatMap { source.floats(of: $0) }
    let outputs = source.tensors[node.parameters[0]].shape[0]
    let quantization = result.tensors[input].quantization!
    var real = weights.map { Double($0) }
    var zeroPoints = [Double](repeating: Double(quantization.zeroPoint[0]), count: window.channels)
    let readsPixels = quantization.axis != nil
    if readsPixels {
      let area = window.kernel.y * window.kernel.x
      for k in real.indices {
        let first = window.firstChannel(of: k / window.taps, outputs: outputs)
        real[k] *= Double(quantization.scale[first + k % window.taps / area])
      }
      zeroPoints = quantization.zeroPoint.map { Double($0) }
    }
    return try Int8Layer(
      name: node.name, window: window, weights: real,
      bias: bias?.map { Double($0) } ?? [Double](repeating: 0, count: outputs),
      inputScale: readsPixels ? 1 : Double(quantization.scale[0]), zeroPoints: zeroPoints, rule: rule)
  }

  /// Adds weights, bias and multiplier.
  private mutating func addParameters(
    of node: Node, _ layer: Int8Layer, _ weightShape: [Int], _ multiplier: [Float]
  ) -> [Int] {
    let weights = result.addConstant(
      source.tensors[node.parameters[0]].name, shape: weightShape, .int8(layer.quantized.values))
    result.tensors[weights].quantization = Quantization(
      scale: layer.quantized.scale, zeroPoint: [Float](repeating: 0, count: layer.outputs), axis: 0)
    let bias = result.addConstant(node.name + ".bias", shape: layer.biasShape, .int32(layer.integerBias))
    let multipliers = result.addConstant(node.name + ".multiplier", shape: [layer.outputs], .float32(multiplier))
    return [weights, bias, multipliers]
  }

  /// The geometry of a convolution that reads `input` `[1, C, H, W]`.
  static func window(_ convolution: Convolution, input: [Int], weights: [Int]) -> PatchSums.Window {
    guard let output = try? convolution.convolvedShape(input: input, weights: weights) else {
      preconditionFailure("the shapes of a graph's nodes fit")
    }
    return PatchSums.Window(
      channels: input[1], input: Extent2D(y: input[2], x: input[3]), kernel: Extent2D(y: weights[2], x: weights[3]),
      stride: convolution.stride, padding: convolution.padding, dilation: convolution.dilation,
      groups: convolution.groups, output: Extent2D(y: output[2], x: output[3]))
  }
}
