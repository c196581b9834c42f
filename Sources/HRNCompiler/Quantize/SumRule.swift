import HRNFormat

/// How small sums of an output's int8 weights must be for the kernel that computes it.
enum SumRule: Equatable {
  case none
  /// Sums with uint8 numbers that an exact Winograd restores: 255 times the weights above 0, and those below, is below 2²⁵.
  case winograd
  /// Sums that fit 16 bits: weights of one number among `lanes`, by their place in the row, add up to at most 128 above
  /// 0, and below.
  case narrow(lanes: [Int])

  /// The least scale at which a row of weights, divided by it and rounded, obeys. Rounding adds half to each weight:
  ///
  ///     s · (limit − n / 2) ≥ Σ|w|  of one sign  ⇒  Σ|round(w / s)| ≤ limit,   n weights in the sum
  func leastScale(_ row: ArraySlice<Double>) -> Double {
    switch self {
    case .none: return 0
    case .winograd:
      let limit = Double(PackedSums.winogradLimit - 1) / 255 - Double(row.count) / 2
      return Self.largerSide(row) / limit
    case .narrow(let lanes):
      var sums = [(above: Double, below: Double, count: Int)](repeating: (0, 0, 0), count: (lanes.max() ?? -1) + 1)
      for (weight, lane) in zip(row, lanes) {
        sums[lane].count += 1
        if weight > 0 { sums[lane].above += weight } else { sums[lane].below -= weight }
      }
      return sums.reduce(0) { least, sum in
        max(least, max(sum.above, sum.below) / (Double(PackedSums.narrowLimit) - Double(sum.count) / 2))
      }
    }
  }

  private static func largerSide(_ row: ArraySlice<Double>) -> Double {
    var (above, below) = (0.0, 0.0)
    for weight in row { if weight > 0 { above += weight } else { below -= weight } }
    return max(above, below)
  }
}
