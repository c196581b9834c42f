import Foundation
import HRNFormat
import Testing

@testable import HRNParity

@Suite struct LevelComparisonTests {
  static func level(
    _ images: [(reference: [Float], subject: [Float], label: Int?)], kind: ScoreKind = .softmax, parents: [Int] = []
  ) -> LevelComparison {
    var level = LevelComparison(
      name: "class", level: parents.isEmpty ? 0 : 1, referenceKind: kind, subjectKind: kind)
    for image in images {
      level.add(reference: image.reference, subject: image.subject, parents: parents, label: image.label)
    }
    level.finish()
    return level
  }

  /// Five images: both right, lost, gained, both wrong alike, both wrong otherwise; and one without a label.
  static let six = level(
    [
      ([0.9, 0.1, 0], [0.8, 0.2, 0], 0), ([0.6, 0.4, 0], [0.4, 0.6, 0], 0), ([0.6, 0.4, 0], [0.4, 0.6, 0], 1),
      ([0.7, 0.2, 0.1], [0.7, 0.2, 0.1], 2), ([0.7, 0.2, 0.1], [0.1, 0.8, 0.1], 2), ([0, 0, 1], [0, 0.25, 0.75], nil),
    ], parents: [0, 0, 1])

  @Test func countsByHand() {
    let level = Self.six
    #expect(level.images == 6 && level.labelled == 5)
    #expect(level.agreeing == 3 && level.flips == 3 && level.agreement == 0.5)
    #expect(level.bothRight == 1 && level.onlyReferenceRight == 1 && level.onlySubjectRight == 1)
    #expect(level.bothWrong == 2)
    #expect(level.referenceAccuracy == 0.4 && level.subjectAccuracy == 0.4 && level.accuracyDifference == 0)
    #expect(level.flipsWithinParent == 3)
  }

  @Test func distancesByHand() {
    let level = Self.six
    let expected = [0, 0.1, 0.2, 0.2, 0.25, 0.6]
    #expect(level.distances.count == 6)
    for (found, value) in zip(level.distances, expected) { #expect(abs(found - value) < 1e-6) }
    #expect(abs(level.meanDistance - 1.35 / 6) < 1e-6)
    #expect(abs(level.maxDistance - 0.6) < 1e-6)
  }

  @Test func flipsAcrossParentsAreCountedApart() {
    let level = Self.level([([1, 0, 0], [0, 0, 1], nil), ([1, 0, 0], [0, 1, 0], nil)], parents: [0, 0, 1])
    #expect(level.flips == 2 && level.flipsWithinParent == 1)
  }

  @Test func theFirstOfEqualScoresDecides() {
    #expect(LevelComparison.decision([0.5, 0.5]) == 0)
    #expect(LevelComparison.decision([0, 0.5, 0.5]) == 1)
    #expect(LevelComparison.decision([.nan, 1]) == 0)
  }

  @Test func logitsInvertTheScores() {
    let logits: [Double] = [2, -1, 0.5]
    let sigmoid = logits.map { Float(1 / (1 + exp(-$0))) }
    for (found, value) in zip(LevelComparison.logits(sigmoid, .sigmoid), logits) { #expect(abs(found - value) < 1e-5) }
    let total = logits.reduce(0) { $0 + exp($1) }
    let softmax = logits.map { Float(exp($0) / total) }
    for (found, value) in zip(LevelComparison.logits(softmax, .softmax), logits) {
      #expect(abs(found - (value - 0.5)) < 1e-5)
    }
    #expect(LevelComparison.logits([0, 1], .sigmoid).allSatisfy { $0.isFinite })
  }

  @Test func decibelsByHand() {
    // Signal 1 + 1, noise 0.1² + 0.1².
    let level = Self.level([([1, 0], [0.9, 0], nil), ([0, 1], [0, 0.9], nil)], kind: .logit)
    #expect(abs(level.scoreDecibels - 20) < 1e-5)
    #expect(Self.level([([1, 0], [1, 0], nil)]).scoreDecibels == .infinity)
  }

  @Test func mergingIsCountingTogether() {
    let all: [(reference: [Float], subject: [Float], label: Int?)] = [
      ([0.9, 0.1], [0.8, 0.2], 0), ([0.6, 0.4], [0.4, 0.6], 0), ([0.6, 0.4], [0.4, 0.6], nil),
    ]
    var merged = Self.level(Array(all[..<1]))
    merged.merge(Self.level(Array(all[1...])))
    merged.finish()
    let whole = Self.level(all)
    #expect(merged.distances == whole.distances && merged.images == 3 && merged.labelled == 2)
    #expect(merged.agreeing == whole.agreeing && merged.bothRight == 1 && merged.onlyReferenceRight == 1)
    #expect(abs(merged.scoreDecibels - whole.scoreDecibels) < 1e-9)
    #expect(abs(merged.logitDecibels - whole.logitDecibels) < 1e-9)
  }

  /// A level of this many images, labelled: so many right in both, in one, in none.
  static func counted(both: Int, lost: Int, gained: Int, wrong: Int, labelled: Bool = true) -> LevelComparison {
    let a: [Float] = [1, 0]
    let b: [Float] = [0, 1]
    func images(_ count: Int, _ x: [Float], _ y: [Float], _ label: Int) -> [([Float], [Float], Int?)] {
      (0..<count).map { _ in (x, y, labelled ? label : nil) }
    }
    return level(
      images(both, a, a, 0) + images(lost, a, b, 0) + images(gained, a, b, 1) + images(wrong, a, a, 1), kind: .logit)
  }

  @Test func accuracyIsJudgedAgainstTheReferencesOwn() {
    // 800 right in the reference: 99 % of that is 792.
    let at = Policy.mlperf99.judge(Self.counted(both: 790, lost: 10, gained: 2, wrong: 198))
    #expect(at.rule == .accuracy && at.passed)
    #expect(!Policy.mlperf99.judge(Self.counted(both: 790, lost: 10, gained: 1, wrong: 199)).passed)
    #expect(!Policy.mlperf999.judge(Self.counted(both: 790, lost: 10, gained: 2, wrong: 198)).passed)
    #expect(Policy.mlperf999.judge(Self.counted(both: 1998, lost: 2, gained: 0, wrong: 0)).passed)
    #expect(!Policy.mlperf999.judge(Self.counted(both: 1997, lost: 3, gained: 0, wrong: 0)).passed)
  }

  @Test func agreementIsJudgedWhereLabelsAreUnknown() {
    let at = Policy.mlperf99.judge(Self.counted(both: 990, lost: 10, gained: 0, wrong: 0, labelled: false))
    #expect(at.rule == .agreement && at.passed)
    #expect(!Policy.mlperf99.judge(Self.counted(both: 989, lost: 11, gained: 0, wrong: 0, labelled: false)).passed)
  }

  @Test func aFewLabelsDoNotSpeakForTheRest() {
    var level = Self.counted(both: 1, lost: 0, gained: 0, wrong: 0)
    level.merge(Self.counted(both: 5, lost: 94, gained: 0, wrong: 0, labelled: false))
    #expect(!Policy.mlperf99.judge(level).passed)
  }

  @Test func aReferenceThatIsNeverRightProvesNothing() {
    let judgement = Policy.mlperf99.judge(Self.counted(both: 0, lost: 0, gained: 100, wrong: 100))
    #expect(judgement.rule == .agreement && !judgement.passed)
  }

  @Test func noImagesNeverPass() {
    #expect(!Policy.mlperf99.judge(Self.counted(both: 0, lost: 0, gained: 0, wrong: 0)).passed)
  }

  @Test func saysWhetherTheSampleWasLargeEnough() {
    #expect(!Policy.mlperf99.judge(Self.counted(both: 100, lost: 0, gained: 0, wrong: 0)).sampleSuffices)
    #expect(Policy.mlperf99.judge(Self.counted(both: 1000, lost: 0, gained: 0, wrong: 0)).sampleSuffices)
    #expect(!Policy.mlperf99.judge(Self.counted(both: 900, lost: 50, gained: 50, wrong: 0)).sampleSuffices)
  }
}
