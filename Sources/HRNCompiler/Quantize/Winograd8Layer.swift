import HRNFormat

/// A convolution on its way to Winograd in 8 bits: integers for the weights at each position, and what their sums mean.
///
///     Y = A m A′ + bias,  m[p] = unit[p][o] · (Σ (V₈ − offset[p]) · U[p][o]) = unit[p][o] · (Σ V₈ · U + integer bias)
struct Winograd8Layer {
  let transform: Winograd8Transform
  let input: Winograd8Input
  let outputs: Int
  /// `[position][O][C]`.
  let weights: [[Int8]]
  /// The real value of one unit of a position's sum, `[position][O]`.
  let unit: [[Double]]
  /// `[position][O]`.
  let integerBias: [[Int32]]
  /// The float bias, corrections added.
  private(set) var bias: [Double]

  /// - Parameters:
  ///   - layer: the same in the direct form.
  ///   - bias: its float bias before corrections.
  ///   - rule: what the integers of one position must obey, in order of channels.
  /// - Returns: nil where there are too many channels for any scale.
  init?(_ layer: Int8Layer, bias: [Double], _ input: Winograd8Input, _ rule: SumRule) {
    transform = Winograd8Transform(layer.window)
    self.input = input
    self.bias = bias
    outputs = layer.outputs
    let channels = layer.window.channels
    var (weights, unit, integerBias): ([[Int8]], [[Double]], [[Int32]]) = ([], [], [])
    for position in 0..<Winograd8Transform.positions {
      guard
        let quantized = Int8Weights(
          Winograd8Transform.weights(layer.weights, at: position), bias: [Double](repeating: 0, count: bias.count),
          inputScale: 1, zeroBound: 255, rule: rule)
      else { return nil }
      let step = layer.inputScale * input.step(at: position)
      weights.append(quantized.values)
      unit.append(quantized.scale.map { Double($0) * step })
      integerBias.append(
        (0..<bias.count).map { o in
          var sum = 0
          for c in o * channels..<(o + 1) * channels { sum += Int(quantized.values[c]) }
          return Int32(-input.offsets[position] * sum)
        })
    }
    (self.weights, self.unit, self.integerBias) = (weights, unit, integerBias)
  }

  /// Whether |bias| + 255 · Σ|U| over all positions fits 32 bits for every output, as a file promises of its sums.
  var fits: Bool {
    let channels = transform.window.channels
    return (0..<outputs).allSatisfy { o in
      var (magnitude, largest) = (0, 0)
      for position in weights.indices {
        largest = max(largest, abs(Int(integerBias[position][o])))
        for c in o * channels..<(o + 1) * channels { magnitude += abs(Int(weights[position][c])) }
      }
      return largest + 255 * magnitude <= Int(Int32.max)
    }
  }

  /// Makes the mean of each output over pictures and positions what it is in float. `pictures` are `V`,
  /// `[position][tile][C]`.
  mutating func correct(to floatMeans: [Double], _ pictures: some Sequence<[Int16]>) {
    let means = means(pictures)
    for o in bias.indices where (floatMeans[o] - means[o]).isFinite { bias[o] += floatMeans[o] - means[o] }
  }

  /// The mean of each output, its bias left out.
  private func means(_ pictures: some Sequence<[Int16]>) -> [Double] {
    let (channels, count) = (transform.window.channels, transform.tileCount)
    let shares = weights.indices.map { transform.share(of: $0) }
    // `[position][C]`: how much more than its offset a rounded input is, times its share in the outputs.
    var sums = [Int](repeating: 0, count: weights.count * channels)
    var samples = 0
    for picture in pictures {
      samples += transform.window.positions
      for position in weights.indices {
        for tile in 0..<count where shares[position][tile] != 0 {
          for c in 0..<channels {
            let rounded = input.rounded(picture[(position * count + tile) * channels + c], at: position)
            sums[position * channels + c] += shares[position][tile] * (Int(rounded) - input.offsets[position])
          }
        }
      }
    }
    return (0..<outputs).map { o in
      var mean = 0.0
      for position in weights.indices {
        var sum = 0
        for c in 0..<channels { sum += sums[position * channels + c] * Int(weights[position][o * channels + c]) }
        mean += unit[position][o] * Double(sum)
      }
      return mean / Double(samples)
    }
  }

  /// The transformed weights as one constant, `[O, C, 4, 4]`.
  var constant: [Int8] {
    let channels = transform.window.channels
    var result = [Int8](repeating: 0, count: outputs * channels * Winograd8Transform.positions)
    for (position, values) in weights.enumerated() {
      for index in values.indices { result[index * Winograd8Transform.positions + position] = values[index] }
    }
    return result
  }
}
