import HRNFormat
import HRNGraph

/// Adds to each layer's bias what its sums are short of on average: the mean, over the calibration pictures and all
/// positions, of the float sum minus the int8 sum, per channel. Layer by layer in order, so that each layer also makes
/// up for what is left of the errors before it.
///
/// What may be computed approximately is tried on the way (`ApproximateConvolution`).
///
/// The means follow from what the taps read (`PatchSums`), in float and in int8; no float activation is kept.
enum BiasCorrection {
  static func apply(to work: inout QuantizeInt8) {
    let pictures = work.calibration.pixels
    let image = work.result.inputs[0]
    var values = pictures.map { [image: Int8Reference.image($0, of: work.result)] }
    let lastReads = Int8Reference.lastReads(of: work.result)
    for position in work.result.nodes.indices {
      var outputs: [Int8Reference.Value]?
      if var layer = work.layers[position], let origin = work.origins[position] {
        let floatBias = layer.bias
        correct(&layer, work, work.result.nodes[position], origin, values)
        work.layers[position] = layer
        let bias = work.result.nodes[position].parameters[1]
        work.result.constants[bias] = .int32(layer.integerBias)
        let input = work.result.nodes[position].inputs[0]
        outputs = ApproximateConvolution.apply(
          to: &work, at: position, bias: floatBias, values.map { $0[input]! })
      }
      let node = Int8Node(work.result.nodes[position], in: work.result, by: .kernels)
      for picture in values.indices {
        values[picture][node.output] = outputs?[picture] ?? node.evaluate { values[picture][$0]! }
        for tensor in lastReads[position] { values[picture][tensor] = nil }
      }
    }
  }

  private static func correct(
    _ layer: inout Int8Layer, _ work: QuantizeInt8, _ node: Node, _ origin: Int,
    _ values: [[Int: Int8Reference.Value]]
  ) {
    let window = layer.window
    var integers = PatchSums(window)
    let addendTensor = node.inputs.dropFirst().first
    var addends = PatchSums(window.addend(layer.outputs))
    for picture in values {
      integers.add(picture[node.inputs[0]]!, zeroPoints: layer.zeroPoints, scale: layer.inputScale)
      if let addendTensor {
        let quantization = work.result.tensors[addendTensor].quantization
        addends.add(
          picture[addendTensor]!,
          zeroPoints: [Double](repeating: Double(quantization?.zeroPoint[0] ?? 0), count: layer.outputs),
          scale: Double(quantization?.scale[0] ?? 1))
      }
    }
    // A layer that reads the pixels reads the same in float.
    let floats = work.calibration.inputSums[origin]?.sums ?? integers.sums
    let floatAddends = work.calibration.addendSums[origin]?.sums
    let samples = Double(window.positions * values.count)
    for o in 0..<layer.outputs {
      var difference = 0.0
      let first = window.firstChannel(of: o, outputs: layer.outputs) * window.kernel.y * window.kernel.x
      for k in 0..<window.taps {
        let index = o * window.taps + k
        let stored = Double(layer.quantized.scale[o]) * Double(layer.quantized.values[index])
        difference += layer.weights[index] * floats[first + k] - stored * integers.sums[first + k]
      }
      if addendTensor != nil, let floatAddends { difference += floatAddends[o] - addends.sums[o] }
      layer.correct(o, by: difference / samples)
    }
  }
}

extension PatchSums {
  /// Adds what the stored numbers of a picture mean: `scale · (stored − zeroPoint)` per channel.
  fileprivate mutating func add(_ value: Int8Reference.Value, zeroPoints: [Double], scale: Double) {
    let (width, channels) = (window.input.x, window.channels)
    switch value {
    case .uint8(let stored):
      stored.withUnsafeBufferPointer { stored in
        add { c, y, x in scale * (Double(stored[(y * width + x) * channels + c]) - zeroPoints[c]) }
      }
    case .float32(let stored):
      stored.withUnsafeBufferPointer { stored in
        add { c, y, x in Double(stored[(y * width + x) * channels + c]) }
      }
    }
  }
}
