import Foundation

/// Times, or ratios of times, as they came.
struct Sample {
  let values: [Double]
  private let sorted: [Double]

  init(_ values: [Double]) {
    precondition(!values.isEmpty, "a sample holds something")
    self.values = values
    sorted = values.sorted()
  }

  /// The smallest value that `percent` of them do not exceed.
  func percentile(_ percent: Int) -> Double { sorted[max(0, (sorted.count * percent + 99) / 100 - 1)] }

  var median: Double {
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }

  /// Where the median of what the sample is drawn from lies, 19 times of 20, whatever its distribution: the values at
  /// the ranks n/2 ∓ 0.98·√n.
  var medianInterval: ClosedRange<Double> {
    let distance = 0.98 * Double(sorted.count).squareRoot()
    let low = Int((Double(sorted.count) / 2 - distance).rounded(.down))
    let clamped = max(low, 0)
    return sorted[clamped]...sorted[sorted.count - 1 - clamped]
  }
}
