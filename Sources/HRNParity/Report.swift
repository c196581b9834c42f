import Foundation
import HRNCompiler

/// A comparison judged by a policy: the verdict, as text for people and as JSON for machines.
package struct Report {
  package let comparison: Comparison
  package let policy: Policy
  /// By level.
  package let judgements: [Policy.Judgement]

  package init(_ comparison: Comparison, policy: Policy) {
    self.comparison = comparison
    self.policy = policy
    judgements = comparison.levels.map(policy.judge)
  }

  /// Whether the subject may stand in for the reference.
  package var passed: Bool { judgements.allSatisfy(\.passed) }

  /// The verdict in one line.
  package var verdict: String {
    let failed = zip(comparison.levels, judgements).filter { !$1.passed }
    if let (level, judgement) = failed.first {
      let found =
        switch judgement.rule {
        case .accuracy:
          "accuracy at '\(level.name)' is \(percent(level.subjectAccuracy)), \(percent(level.referenceAccuracy)) in the "
            + "reference; at least \(policy.percentWords) of that is asked for"
        case .agreement:
          "only \(percent(level.agreement)) of the labels at '\(level.name)' agree; at least \(policy.percentWords) is "
            + "asked for"
        }
      return "FAIL \(policy.name): \(found)"
    }
    let rule =
      judgements.contains { $0.rule == .accuracy }
      ? "accuracy is at least \(policy.percentWords) of the reference's at every level"
      : "at least \(policy.percentWords) of the labels agree at every level"
    return "PASS \(policy.name): \(rule)"
  }

  /// What the verdict does not say.
  package var warnings: [String] {
    var warnings = comparison.unpairedLevels.map { "level '\($0)' is not decided by both models: not compared" }
    let weak = zip(comparison.levels, judgements).filter { $1.passed && !$1.sampleSuffices }
    if let (level, judgement) = weak.max(by: { $0.0.detectableDrop < $1.0.detectableDrop }) {
      let shown = judgement.rule == .accuracy ? level.detectableDrop : 3 / Double(level.images)
      warnings.append(
        "\(comparison.images) images are few: a drop of less than \(points(shown)) points at '\(level.name)' would not "
          + "have shown, and the policy allows \(points(judgement.allowed))")
    }
    if !judgements.contains(where: { $0.rule == .accuracy }) {
      warnings.append("no labels are known: agreement says that little changed, not that either model is right")
    }
    if !comparison.unreadable.isEmpty {
      let first = comparison.unreadable[0]
      warnings.append("\(comparison.unreadable.count) files are no images; the first, \(first.name), \(first.reason)")
    }
    return warnings
  }
}

func percent(_ share: Double) -> String { String(format: "%.2f %%", share * 100) }
func points(_ share: Double) -> String { String(format: "%.2f", share * 100) }
