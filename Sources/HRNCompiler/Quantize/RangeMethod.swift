/// How the range of an activation is chosen from the values that it took.
package enum RangeMethod: Equatable, Sendable {
  /// From the smallest to the largest value.
  case minMax
  /// Leaves out this share of the values, half on either side, or all of it above where no value is negative.
  /// `99.99` keeps all but one value in ten thousand.
  case percentile(Double)
  /// The range whose rounding and clipping together make the least mean squared error.
  case meanSquaredError

  /// The method as it is written on the command line and in a file's provenance.
  package var name: String {
    switch self {
    case .minMax: "minmax"
    case .percentile(let share): "percentile-\(share)"
    case .meanSquaredError: "mse"
    }
  }

  /// The method of this name: `minmax`, `mse`, `percentile` (99.99) or `percentile-99.9`.
  package init?(name: String) {
    switch name {
    case "minmax": self = .minMax
    case "mse": self = .meanSquaredError
    case "percentile": self = .percentile(99.99)
    default:
      guard name.hasPrefix("percentile-"), let share = Double(name.dropFirst("percentile-".count)),
        share >= 50, share <= 100
      else { return nil }
      self = .percentile(share)
    }
  }

  /// The range to quantize, which always holds zero; `0...0` where every value was zero.
  package func range(of histogram: ValueHistogram) -> ClosedRange<Double> {
    guard histogram.count > 0 else { return 0...0 }
    let full = min(Double(histogram.minimum), 0)...max(Double(histogram.maximum), 0)
    switch self {
    case .minMax: return full
    case .percentile(let share): return Self.percentile(share, of: histogram.bins, within: full)
    case .meanSquaredError: return Self.leastError(of: histogram.bins, within: full)
    }
  }

  private static func percentile(
    _ share: Double, of bins: [ValueHistogram.Bin], within full: ClosedRange<Double>
  ) -> ClosedRange<Double> {
    let total = bins.reduce(0) { $0 + $1.count }
    let left = total * (100 - share) / 100
    /// The last value from the outside that is kept, when `count` values may go.
    func bound(_ outward: some Sequence<ValueHistogram.Bin>, _ count: Double) -> Double {
      var gone = 0.0
      for bin in outward {
        gone += bin.count
        if gone > count { return bin.value }
      }
      return 0
    }
    let low = full.lowerBound < 0 ? min(bound(bins, left / 2), 0) : 0
    let high = max(bound(bins.reversed(), full.lowerBound < 0 ? left / 2 : left), 0)
    // A bin's middle may lie beyond the outermost value.
    return max(low, full.lowerBound)...min(high, full.upperBound)
  }

  private static func leastError(
    of bins: [ValueHistogram.Bin], within full: ClosedRange<Double>
  ) -> ClosedRange<Double> {
    var best = full
    var least = error(of: bins, full)
    // Both ends shrink together; a range below a fifth of the full one never pays.
    for step in 1...80 {
      let share = 1 - Double(step) / 100
      let candidate = full.lowerBound * share...full.upperBound * share
      let error = error(of: bins, candidate)
      if error < least {
        least = error
        best = candidate
      }
    }
    return best
  }

  /// The squared error, summed over all values, of 256 levels over `range`.
  private static func error(of bins: [ValueHistogram.Bin], _ range: ClosedRange<Double>) -> Double {
    let step = (range.upperBound - range.lowerBound) / 255
    guard step > 0 else { return 0 }
    let rounding = step * step / 12
    var sum = 0.0
    for bin in bins {
      let each =
        if bin.value > range.upperBound {
          (bin.value - range.upperBound) * (bin.value - range.upperBound)
        } else if bin.value < range.lowerBound {
          (bin.value - range.lowerBound) * (bin.value - range.lowerBound)
        } else {
          min(bin.value * bin.value, rounding)
        }
      sum += each * bin.count
    }
    return sum
  }
}
