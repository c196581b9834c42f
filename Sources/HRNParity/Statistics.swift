import Foundation

/// What a sample says about the whole.
package enum Statistics {
  /// The 95 % point of the normal distribution, two-sided.
  package static let z = 1.959_963_984_540_054

  /// Wilson's 95 % interval for a share of which `count` of `total` were seen.
  ///
  /// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
  package static func wilson(_ count: Int, of total: Int) -> ClosedRange<Double> {
    guard total > 0 else { return 0...1 }
    let n = Double(total)
    let p = Double(count) / n
    let z2 = z * z
    let centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    let half = z / (1 + z2 / n) * (p * (1 - p) / n + z2 / (4 * n * n)).squareRoot()
    // At the ends the interval holds the share itself, which rounding may miss.
    return max(0, min(centre - half, p))...min(1, max(centre + half, p))
  }

  /// The standard error of the difference of two accuracies on the same images, when `lost` are right in the first
  /// only and `gained` in the second only (McNemar).
  package static func pairedStandardError(lost: Int, gained: Int, of total: Int) -> Double {
    guard total > 0 else { return 0 }
    let (b, c, n) = (Double(lost), Double(gained), Double(total))
    return max(0, b + c - (b - c) * (b - c) / n).squareRoot() / n
  }

  /// The smallest drop of accuracy that the sample could have told from none: 1.96 standard errors, and never less than
  /// three images' worth, what may hide behind not a single flip.
  package static func detectableDrop(lost: Int, gained: Int, of total: Int) -> Double {
    guard total > 0 else { return 1 }
    return min(1, max(z * pairedStandardError(lost: lost, gained: gained, of: total), 3 / Double(total)))
  }

  /// The two-sided probability of as uneven a split of the flips, if neither model were better (exact McNemar test).
  package static func mcnemar(lost: Int, gained: Int) -> Double {
    let n = lost + gained
    guard n > 0 else { return 1 }
    // Σ C(n, k) / 2ⁿ for k up to the smaller count, each term from its neighbour.
    var term = exp(-Double(n) * M_LN2)
    guard term > 0 else {
      // Beyond a thousand flips: the normal approximation with continuity correction.
      let score = (abs(Double(lost - gained)) - 1) / Double(n).squareRoot()
      return erfc(max(0, score) / 2.0.squareRoot())
    }
    var sum = term
    for k in 0..<min(lost, gained) {
      term *= Double(n - k) / Double(k + 1)
      sum += term
    }
    return min(1, 2 * sum)
  }

  /// Signal over noise in decibels; infinite where there is no noise, 0 where there is neither.
  package static func decibels(signal: Double, noise: Double) -> Double {
    if noise > 0 { return signal > 0 ? 10 * log10(signal / noise) : -.infinity }
    return signal > 0 ? .infinity : 0
  }

  /// The value that `share` of the ascending `values` do not exceed.
  package static func quantile(_ share: Double, ofAscending values: [Double]) -> Double {
    guard let last = values.last else { return 0 }
    let rank = Int((share * Double(values.count)).rounded(.up))
    return rank > values.count ? last : values[max(rank - 1, 0)]
  }
}

extension Statistics {
  static func naturalLogarithm(_ x: Double) -> Double { log(x) }
}
