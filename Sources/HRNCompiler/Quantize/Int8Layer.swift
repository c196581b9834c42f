import HRNFormat

/// A convolution or a linear on its way to int8: what it computes in float, and the integers that stand for it.
///
/// With `z` the zero points and `unit[o] = inputScale · weightScale[o]` the real value of one unit of the sum,
///
///     Σ W · x + b  ≈  unit[o] · (Σ values · (q − z) + b / unit[o])  =  unit[o] · (Σ values · q + integer bias)
///
/// so that the integer bias of a position is `round(b / unit − Σ values · z)`, the sum taken over the taps that lie
/// inside the input there. A stem's pixel scales are folded into `W`, and its input scale is 1.
struct Int8Layer {
  /// By the name of its node.
  let name: String
  let window: PatchSums.Window
  /// The float weights `[O][C / groups][ky][kx]`, pixel scales folded in.
  let weights: [Double]
  let quantized: Int8Weights
  let inputScale: Double
  /// Per input channel.
  let zeroPoints: [Double]
  let classes: BorderClasses
  /// The float bias, corrections added.
  private(set) var bias: [Double]

  init(
    name: String, window: PatchSums.Window, weights: [Double], bias: [Double], inputScale: Double, zeroPoints: [Double],
    rule: SumRule = .none
  ) throws(QuantizeError) {
    guard weights.allSatisfy(\.isFinite), bias.allSatisfy(\.isFinite) else { throw .constantNotFinite(node: name) }
    let zeroBound = zeroPoints.reduce(0) { max($0, abs($1)) }
    guard
      let quantized = Int8Weights(
        weights, bias: bias, inputScale: inputScale, zeroBound: zeroBound, rule: rule)
    else {
      throw .tooManyTaps(node: name, taps: window.taps)
    }
    self.name = name
    self.window = window
    self.weights = weights
    self.bias = bias
    self.inputScale = inputScale
    self.zeroPoints = zeroPoints
    self.quantized = quantized
    classes = BorderClasses(window)
  }

  var outputs: Int { bias.count }

  /// The real value of one unit of channel `o`'s sum.
  func unit(_ o: Int) -> Double { inputScale * Double(quantized.scale[o]) }

  /// Whether positions differ in their bias: zero points meet a border.
  var hasBorder: Bool { classes.count > 1 && zeroPoints.contains { $0 != 0 } }

  /// The shape of the bias: `[O]`, or `[R, K, O]` where border classes are needed.
  var biasShape: [Int] { hasBorder ? [classes.rows.count, classes.columns.count, outputs] : [outputs] }

  /// The integer biases in that shape. Where one bias serves all positions it is that of the first class: either there
  /// is no other, or the zero points are 0 and the taps do not matter.
  var integerBias: [Int32] {
    var result: [Int32] = []
    for rows in hasBorder ? classes.rows : [classes.rows[0]] {
      for columns in hasBorder ? classes.columns : [classes.columns[0]] {
        for o in 0..<outputs { result.append(integerBias(o, bias[o], rows, columns)) }
      }
    }
    return result
  }

  /// Adds `delta` to the float bias of channel `o`, unless its sums could then leave 32 bits.
  mutating func correct(_ o: Int, by delta: Double) {
    let corrected = bias[o] + delta
    if delta.isFinite, fits(o, corrected) { bias[o] = corrected }
  }

  /// Whether no sum of channel `o` can leave 32 bits: 255 · Σ|values| + |integer bias| < 2³¹ for the largest bias.
  func fits(_ o: Int, _ bias: Double) -> Bool {
    let taps = window.taps
    var magnitude = 0.0
    for k in o * taps..<(o + 1) * taps { magnitude += Double(abs(Int(quantized.values[k]))) }
    let zeroBound = zeroPoints.reduce(0) { max($0, abs($1)) }
    return (255 + zeroBound) * magnitude + abs(bias) / unit(o) + 1 <= Int8Weights.accumulatorLimit
  }

  private func integerBias(_ o: Int, _ bias: Double, _ rows: Range<Int>, _ columns: Range<Int>) -> Int32 {
    var correction = 0.0
    if zeroPoints.contains(where: { $0 != 0 }) {
      let first = window.firstChannel(of: o, outputs: outputs)
      let inputs = window.channels / window.groups
      for c in 0..<inputs {
        var sum = 0
        for ky in rows {
          for kx in columns {
            sum += Int(quantized.values[((o * inputs + c) * window.kernel.y + ky) * window.kernel.x + kx])
          }
        }
        correction += zeroPoints[first + c] * Double(sum)
      }
    }
    precondition(fits(o, bias), "the scale of \(name)'s channel \(o) keeps its sums within 32 bits")
    return Int32((bias / unit(o) - correction).rounded(.toNearestOrEven))
  }
}
