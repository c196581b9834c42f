import Foundation
import HRNFormat
import HRNGraph

extension PlanOptions {
  /// How far Winograd in 8 bits may be from float where it is allowed: each layer's output, over the calibration pictures.
  ///
  /// The defaults are cautious where they have been tried, which is the two networks trained on Fashion-MNIST: their six
  /// layers have 33 to 39 dB, at most 0.5 dB less than without, and the networks are as accurate; independent noise of
  /// 30 dB on those outputs changes about one answer in a thousand.
  package struct Approximation: Equatable, Sendable {
    /// The least signal-to-noise ratio of the layer's output.
    package var leastDecibels: Double
    /// How much less it may be than that of the direct form.
    package var mostLoss: Double

    package init(leastDecibels: Double = 30, mostLoss: Double = 3) {
      self.leastDecibels = leastDecibels
      self.mostLoss = mostLoss
    }

    /// Limits that every layer keeps, to measure what it would be.
    package static let unlimited = Approximation(leastDecibels: -Self.mostDecibels, mostLoss: 2 * Self.mostDecibels)

    /// What is said of a layer without any noise, and the negative of it where there is nothing else.
    fileprivate static let mostDecibels = 200.0

    func allows(_ decibels: Double, direct: Double) -> Bool {
      decibels >= leastDecibels && direct - decibels <= mostLoss
    }
  }
}

/// Tries Winograd in 8 bits at the convolutions that it may compute: quantizes it, corrects its bias as that of the direct
/// form, measures both on the calibration pictures, and takes it where the limits allow.
enum ApproximateConvolution {
  /// - Parameters:
  ///   - bias: the float bias of the layer before corrections.
  ///   - inputs: what the node reads, by picture.
  /// - Returns: what the node computes, by picture, in the form that it now has; nil where there was nothing to try.
  static func apply(
    to work: inout QuantizeInt8, at position: Int, bias: [Double], _ inputs: [Int8Reference.Value]
  ) -> [Int8Reference.Value]? {
    let node = work.result.nodes[position]
    guard let limits = work.options.plan.approximation, let layer = work.layers[position],
      let origin = work.origins[position], case .convolution(let convolution) = node.operation,
      ConvolutionAlgorithm.allowsWinograd8(
        convolution, weights: work.result.tensors[node.parameters[0]].shape, hasResidual: node.inputs.count > 1,
        readsPixels: work.result.tensors[node.inputs[0]].quantization?.axis != nil, work.options.plan),
      let pooled = work.calibration.pooled[work.source.nodes[origin].output],
      let approximate = approximated(work, layer, origin, bias: bias, inputs)
    else { return nil }

    var changed = work.result
    approximate.replace(position, in: &changed, step: work.poolSteps[position]!)
    let direct = Int8Node(node, in: work.result, by: .kernels)
    let other = Int8Node(changed.nodes[position], in: changed, by: .kernels)
    let directOutputs = inputs.map { input in direct.evaluate { _ in input } }
    let otherOutputs = inputs.map { input in other.evaluate { _ in input } }
    let quantization = work.result.tensors[node.output].quantization!
    let (decibels, least) = (
      Self.decibels(otherOutputs, quantization, pooled), Self.decibels(directOutputs, quantization, pooled)
    )
    let isChosen = limits.allows(decibels, direct: least)
    work.approximations.append(
      Provenance.Approximation(node: node.name, directDecibels: least, decibels: decibels, isChosen: isChosen))
    if isChosen { work.result = changed }
    return isChosen ? otherOutputs : directOutputs
  }

  private static func approximated(
    _ work: QuantizeInt8, _ layer: Int8Layer, _ origin: Int, bias: [Double], _ inputs: [Int8Reference.Value]
  ) -> Winograd8Layer? {
    guard let floats = work.calibration.inputSums[origin]?.sums else { return nil }
    let transform = Winograd8Transform(layer.window)
    let zero = UInt8(layer.zeroPoints[0])
    let maps = inputs.lazy.map { transform.input($0.bytes, zero: zero) }
    let rule = ConvolutionAlgorithm.winograd8Rule(channels: layer.window.channels, work.options.plan)
    guard var made = Winograd8Layer(layer, bias: bias, Winograd8Input(transform.ranges(maps)), rule), made.fits else {
      return nil
    }
    let samples = Double(layer.window.positions * inputs.count), taps = layer.window.taps
    made.correct(
      to: (0..<layer.outputs).map { o in
        var sum = 0.0
        for k in 0..<taps { sum += layer.weights[o * taps + k] * floats[k] }
        return sum / samples
      }, maps)
    return made
  }

  /// The signal-to-noise ratio of stored numbers, by picture, against what they are in float.
  private static func decibels(
    _ outputs: [Int8Reference.Value], _ quantization: Quantization, _ floats: [[Float]]
  ) -> Double {
    let (scale, zero) = (Double(quantization.scale[0]), Double(quantization.zeroPoint[0]))
    var (signal, noise) = (0.0, 0.0)
    for (output, float) in zip(outputs, floats) {
      for (stored, value) in zip(output.bytes, float) {
        let difference = Double(value) - scale * (Double(stored) - zero)
        signal += Double(value) * Double(value)
        noise += difference * difference
      }
    }
    let most = PlanOptions.Approximation.mostDecibels
    guard noise > 0 else { return most }
    return signal > 0 ? min(most, max(-most, 10 * log10(signal / noise))) : -most
  }
}

extension Winograd8Layer {
  /// Makes node `position` of an int8 graph compute in this form. `step` is the real value of one unit of what is pooled.
  func replace(_ position: Int, in graph: inout Graph, step: Double) {
    let node = graph.nodes[position]
    let (channels, positions) = (transform.window.channels, Winograd8Transform.positions)
    for (index, constant) in [
      (node.parameters[1], Constant.int32(integerBias.flatMap { $0 })),
      (node.parameters[2], Constant.float32(unit.flatMap { $0.map { Float($0 / step) } })),
    ] {
      graph.tensors[index].shape = [positions, outputs]
      graph.constants[index] = constant
    }
    graph.nodes[position].parameters += [
      graph.addConstant(node.name + ".addend", shape: [outputs], .float32(bias.map { Float($0 / step) })),
      graph.addConstant(node.name + ".transformed", shape: [outputs, channels, 4, 4], .int8(constant)),
    ]
    graph.nodes[position].requantization?.winograd8 = input
  }
}
