/// The weights that resample one axis with an antialiased triangle filter, as Pillow's `BILINEAR` has them.
///
/// An output pixel i reads `count` input pixels from `start` on, where with s = input / output, f = max(s, 1),
/// c = (i + ½)·s:
///
///     start = max(0, ⌊c − f + ½⌋)      end = min(input, ⌊c + f + ½⌋)
///     w[k]  = 1 − |k + ½ − c| / f, at least 0, divided by the sum of all w
///     q[k]  = ⌊w[k] · 2²² + ½⌋
///
/// Everything but q is in double precision, in the order `prepare` has it. A pass computes (2²¹ + Σ q[k]·p[k]) >> 22.
/// Where input and output are of one size each q is 2²² or 0, so the pass copies.
struct ResampleAxis {
  /// Fraction bits of a weight.
  static let weightBits: Int32 = 22
  /// Half a unit, which every sum begins with.
  static let half: Int32 = 1 << 21

  private(set) var inputCount = 0
  private(set) var outputCount = 0
  /// The output pixels that are wanted, of 0..<outputCount.
  private(set) var window = 0..<0
  /// The first input pixel of each output pixel in `window`; never decreasing.
  private(set) var starts: [Int] = []
  /// How many input pixels each output pixel in `window` reads; at least one.
  private(set) var counts: [Int] = []
  /// `tapStride` weights for each output pixel in `window`, the first `counts[i]` of them used.
  private(set) var weights: [Int32] = []
  private(set) var tapStride = 0

  /// Computes the weights unless they are the same as before.
  ///
  /// - Source: the algorithm of Pillow's ImagingResample for 8-bit channels.
  mutating func prepare(input: Int, output: Int, window: Range<Int>) {
    precondition(input > 0 && output > 0 && window.lowerBound >= 0 && window.upperBound <= output)
    if input == inputCount, output == outputCount, window == self.window { return }
    inputCount = input
    outputCount = output
    self.window = window

    let scale = Double(input) / Double(output)
    let filterScale = scale < 1 ? 1 : scale
    let reciprocal = 1 / filterScale
    tapStride = Int(filterScale.rounded(.up)) * 2 + 1
    starts.removeAll(keepingCapacity: true)
    counts.removeAll(keepingCapacity: true)
    weights.removeAll(keepingCapacity: true)
    weights.reserveCapacity(window.count * tapStride)
    var taps = [Double](repeating: 0, count: tapStride)
    for index in window {
      let center = (Double(index) + 0.5) * scale
      let start = max(Int(center - filterScale + 0.5), 0)
      let count = min(Int(center + filterScale + 0.5), input) - start
      var sum = 0.0
      for tap in 0..<count {
        let distance = abs((Double(tap + start) - center + 0.5) * reciprocal)
        taps[tap] = distance < 1 ? 1 - distance : 0
        sum += taps[tap]
      }
      starts.append(start)
      counts.append(count)
      for tap in 0..<tapStride {
        let weight = tap >= count ? 0 : sum == 0 ? taps[tap] : taps[tap] / sum
        weights.append(Int32(0.5 + weight * Double(1 << Self.weightBits)))
      }
    }
  }

  /// The largest number of input pixels that one output pixel reads.
  var largestCount: Int {
    var largest = 0
    for count in counts { largest = max(largest, count) }
    return largest
  }
}
