/// Weights in eight bits, one symmetric scale per output channel: `w ≈ scale[o] · values[o, k]`, |values| ≤ 127.
struct Int8Weights: Equatable {
  /// `[O][K]`.
  let values: [Int8]
  let scale: [Float]

  /// The largest magnitude of an accumulator or a bias.
  static let accumulatorLimit = Double(Int32.max)

  /// Quantizes `weights` `[O][K]`. A channel's scale is `max |w| / 127`, or as much larger as its sums need to fit
  /// 32 bits: with u8 inputs, zero points of magnitude up to `zeroBound`, and `bias` in the units of the sum,
  ///
  ///     |acc| ≤ (255 + zeroBound) · Σ|values| + |bias| / (inputScale · scale) + 1,   Σ|values| ≤ Σ|w| / scale + K / 2
  ///
  /// which a channel with nearly no weights and a normal bias would break. A channel without weights gets the scale at
  /// which its bias has twenty bits.
  ///
  /// `rule` raises a scale further, where its kernel asks for smaller sums.
  ///
  /// - Returns: nil if K is so large that no scale serves.
  init?(_ weights: [Double], bias: [Double], inputScale: Double, zeroBound: Double, rule: SumRule = .none) {
    let outputs = bias.count
    precondition(outputs > 0 && weights.count % outputs == 0, "weights are rows, one per output channel")
    let taps = weights.count / outputs
    let span = 255 + zeroBound
    let room = Self.accumulatorLimit - 2 - span * Double(taps) / 2
    guard room > 0 else { return nil }

    var values = [Int8](repeating: 0, count: weights.count)
    var scale = [Float](repeating: 1, count: outputs)
    for o in 0..<outputs {
      let row = weights[o * taps..<(o + 1) * taps]
      let largest = row.reduce(0) { max($0, abs($1)) }
      let sum = row.reduce(0) { $0 + abs($1) }
      let needed = (span * sum + abs(bias[o]) / inputScale) / room
      let twentyBits = abs(bias[o]) / inputScale / Double(1 << 20)
      // Rounding to Float must not lower the floor below what the proof needs.
      let floor = max(needed, rule.leastScale(row)) * (1 + 1e-6)
      let wanted = largest > 0 ? max(largest / 127, floor) : max(twentyBits, needed)
      scale[o] = wanted >= Double(Self.leastScale) ? Float(wanted) : Self.leastScale
      if largest == 0, bias[o] == 0 { scale[o] = 1 }
      for k in row.indices {
        values[k] = Int8(min(max((weights[k] / Double(scale[o])).rounded(.toNearestOrEven), -127), 127))
      }
    }
    self.values = values
    self.scale = scale
  }

  /// 2⁻⁹⁰: what a smaller scale could add is far below a step of any output, and products with it stay normal floats.
  static let leastScale = Float(sign: .plus, exponent: -90, significand: 1)
}
