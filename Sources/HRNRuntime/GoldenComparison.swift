import HRNFormat

/// How an output of the last run compares with what a golden image's answer says it must be.
package struct GoldenComparison: Equatable, Sendable {
  /// The output's name.
  package var output: String
  package var passes: Bool
  /// The largest difference from what this file must compute.
  package var difference: Float
  /// How large it may be; nil where the bits must be equal.
  package var tolerance: Float?
  /// The largest difference from what the trained network computed; nil where the file does not say what that was.
  package var referenceDifference: Float?
}

extension Session {
  /// Compares an output of the last run with a golden answer.
  ///
  /// - Parameter tolerance: replaces the answer's where the backend cannot promise its bits.
  package func compare(_ answer: Golden.Answer, tolerance: Float? = nil) -> GoldenComparison {
    let values = output(answer.output)
    let expected = floats(answer.expected)
    let allowed = tolerance ?? answer.tolerance
    let difference = largestDifference(values, expected)
    let passes: Bool
    if let allowed {
      passes = difference <= allowed
    } else {
      passes =
        values.count == expected.count
        && zip(values, expected).allSatisfy { $0.bitPattern == $1.bitPattern }
    }
    return GoldenComparison(
      output: model.file.graph.outputs[answer.output].name, passes: passes, difference: difference, tolerance: allowed,
      referenceDifference: answer.reference.map { largestDifference(values, floats($0)) })
  }

  private func floats(_ region: Region) -> [Float] {
    let bytes = model.file.bytes(region)
    return (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
  }
}

/// The largest |a − b|, infinite where the lengths differ or one alone is not a number.
private func largestDifference(_ a: UnsafeBufferPointer<Float>, _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  var largest: Float = 0
  for (x, y) in zip(a, b) where x.bitPattern != y.bitPattern {
    let difference = abs(x - y)
    largest = difference.isNaN ? .infinity : max(largest, difference)
  }
  return largest
}
