import Foundation
import HRNCompiler
import HRNFormat

extension Report {
  /// The report as JSON, keys in alphabetical order; numbers that are not finite are null.
  package var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(Document(self)) else {
      preconditionFailure("a report holds strings, whole numbers and finite numbers only")
    }
    return String(decoding: data, as: UTF8.self) + "\n"
  }

  fileprivate struct Document: Encodable {
    struct Side: Encodable {
      let path, kind, digest: String
      let consistent: Int?
    }

    struct Agreement: Encodable {
      let count: Int
      let share, low, high: Double
      let flipsUnderOneParent: Int?
    }

    struct Accuracy: Encodable {
      let images, bothRight, lost, gained, bothWrong: Int
      let reference, subject, change, standardError, detectableDrop, mcnemarP: Double
    }

    struct Distance: Encodable {
      let kind: String
      let mean, p99, max: Double
      let scoreDecibels, logitDecibels: Double?
    }

    struct Level: Encodable {
      let name, rule: String
      let passed, sampleSuffices: Bool
      let agreement: Agreement
      let accuracy: Accuracy?
      let scores: Distance?
    }

    struct Node: Encodable {
      let name, operation: String
      let decibels: Double?
    }

    struct Images: Encodable {
      let path, sha256: String
      let count: Int
      let unreadable: [String]
    }

    let schema = 1
    let verdict: String
    let passed: Bool
    let policy: String
    let warnings: [String]
    let reference, subject: Side
    let images: Images
    let levels: [Level]
    let nodes: [Node]?

    init(_ report: Report) {
      let comparison = report.comparison
      let consistency = comparison.hasTree && comparison.levels.count > 1
      func side(_ side: Comparison.Side) -> Side {
        Side(
          path: side.path, kind: side.kind, digest: hexadecimal(side.digest),
          consistent: consistency ? side.consistent : nil)
      }
      verdict = report.verdict
      passed = report.passed
      policy = report.policy.name
      warnings = report.warnings
      reference = side(comparison.reference)
      subject = side(comparison.subject)
      images = Images(
        path: comparison.imagesPath, sha256: hexadecimal(comparison.imagesSHA256), count: comparison.images,
        unreadable: comparison.unreadable.map(\.name))
      levels = zip(comparison.levels, report.judgements).map { Level($0, $1) }
      nodes =
        comparison.nodes.isEmpty
        ? nil : comparison.nodes.map { Node(name: $0.name, operation: $0.operation, decibels: finite($0.decibels)) }
    }
  }
}

extension Report.Document.Level {
  fileprivate init(_ level: LevelComparison, _ judgement: Policy.Judgement) {
    let interval = level.agreementInterval
    self.init(
      name: level.name, rule: judgement.rule.rawValue, passed: judgement.passed,
      sampleSuffices: judgement.sampleSuffices,
      agreement: .init(
        count: level.agreeing, share: level.agreement, low: interval.lowerBound, high: interval.upperBound,
        flipsUnderOneParent: level.level > 0 ? level.flipsWithinParent : nil),
      accuracy: level.labelled == 0
        ? nil
        : .init(
          images: level.labelled, bothRight: level.bothRight, lost: level.onlyReferenceRight,
          gained: level.onlySubjectRight, bothWrong: level.bothWrong, reference: level.referenceAccuracy,
          subject: level.subjectAccuracy, change: level.accuracyDifference, standardError: level.standardError,
          detectableDrop: level.detectableDrop,
          mcnemarP: Statistics.mcnemar(lost: level.onlyReferenceRight, gained: level.onlySubjectRight)),
      scores: level.distances.isEmpty
        ? nil
        : .init(
          kind: level.subjectKind.name, mean: level.meanDistance, p99: level.p99Distance, max: level.maxDistance,
          scoreDecibels: finite(level.scoreDecibels), logitDecibels: finite(level.logitDecibels)))
  }
}

private func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }

func hexadecimal(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
