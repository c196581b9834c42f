/// What must hold for a subject to stand in for its reference.
///
/// Where labels are known: at every level, the subject's accuracy is at least `percent` of the reference's. Where they
/// are not (or the reference gets none right): the labels agree on at least `percent` of the images.
///
/// Source: the closed division of MLPerf Inference, 99 % and 99.9 % of the reference's accuracy.
package struct Policy: Equatable, Sendable {
  package let name: String
  /// In thousandths, so that the rule is one of whole numbers.
  package let permille: Int

  package static let mlperf99 = Policy(name: "mlperf-99", permille: 990)
  package static let mlperf999 = Policy(name: "mlperf-99.9", permille: 999)
  package static let all = [mlperf99, mlperf999]

  /// What the policy asks for, in words.
  package var words: String {
    "accuracy at every level at least \(percentWords) of the reference's; agreement where labels are unknown"
  }

  package var percentWords: String { permille % 10 == 0 ? "\(permille / 10) %" : "\(permille / 10).\(permille % 10) %" }

  /// How one level was judged.
  package struct Judgement: Equatable, Sendable {
    package enum Rule: String, Equatable, Sendable { case accuracy, agreement }

    package let rule: Rule
    package let passed: Bool
    /// The largest share of images that the rule lets go wrong.
    package let allowed: Double
    /// Whether a drop beyond that would have shown in so few images.
    package let sampleSuffices: Bool
  }

  package func judge(_ level: LevelComparison) -> Judgement {
    if level.referenceRight > 0 {
      let allowed = Double(1000 - permille) / 1000 * level.referenceAccuracy
      // Images without a label cannot be right or wrong, but their answers must not change either.
      let agrees = level.labelled == level.images || level.agreeing * 1000 >= level.images * permille
      return Judgement(
        rule: .accuracy, passed: agrees && level.subjectRight * 1000 >= level.referenceRight * permille,
        allowed: allowed,
        sampleSuffices: level.detectableDrop <= allowed)
    }
    let allowed = Double(1000 - permille) / 1000
    return Judgement(
      rule: .agreement, passed: level.images > 0 && level.agreeing * 1000 >= level.images * permille, allowed: allowed,
      sampleSuffices: 3 / Double(max(level.images, 1)) <= allowed)
  }
}
