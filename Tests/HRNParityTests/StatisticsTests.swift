import Foundation
import Testing

@testable import HRNParity

@Suite struct StatisticsTests {
  /// Values from the formula's own examples: 95 % Wilson intervals of R's `binom.confint(method = "wilson")`.
  @Test(arguments: [
    (8, 10, 0.4901624, 0.9433178), (0, 10, 0, 0.2775328), (10, 10, 0.7224672, 1), (9950, 10000, 0.9934147, 0.9962051),
  ])
  func wilsonIntervalByHand(count: Int, total: Int, low: Double, high: Double) {
    let interval = Statistics.wilson(count, of: total)
    #expect(abs(interval.lowerBound - low) < 2e-6, "\(interval)")
    #expect(abs(interval.upperBound - high) < 2e-6, "\(interval)")
  }

  @Test func nothingSeenIsNothingKnown() {
    #expect(Statistics.wilson(0, of: 0) == 0...1)
    #expect(Statistics.detectableDrop(lost: 0, gained: 0, of: 0) == 1)
    #expect(Statistics.pairedStandardError(lost: 0, gained: 0, of: 0) == 0)
  }

  @Test func standardErrorOfPairedDifferenceByHand() {
    // 30 lost, 20 gained of 10000: √(50 − 100/10000) / 10000.
    #expect(abs(Statistics.pairedStandardError(lost: 30, gained: 20, of: 10_000) - 7.0703607e-4) < 1e-9)
    #expect(Statistics.pairedStandardError(lost: 5, gained: 0, of: 5) == 0)
  }

  @Test func whatCouldHaveShown() {
    // Not one flip in 1000 images: up to three may hide.
    #expect(Statistics.detectableDrop(lost: 0, gained: 0, of: 1000) == 0.003)
    #expect(abs(Statistics.detectableDrop(lost: 30, gained: 20, of: 10_000) - 1.959964 * 7.0703607e-4) < 1e-8)
  }

  /// Exact binomial tests by hand: 2 · P(X ≤ min) for X of n fair coins.
  @Test(arguments: [(0, 0, 1.0), (1, 0, 1.0), (5, 0, 0.0625), (0, 5, 0.0625), (8, 2, 0.109375), (5, 5, 1.0)])
  func mcnemarByHand(lost: Int, gained: Int, p: Double) {
    #expect(abs(Statistics.mcnemar(lost: lost, gained: gained) - p) < 1e-12)
  }

  @Test func mcnemarOfManyFlipsIsTheNormalOne() {
    // 2100 against 1900: z = 199 / √4000.
    #expect(
      abs(Statistics.mcnemar(lost: 2100, gained: 1900) - erfc(199 / 4000.0.squareRoot() / 2.0.squareRoot())) < 1e-12)
    // Where both ways are at hand they nearly agree.
    #expect(abs(Statistics.mcnemar(lost: 520, gained: 460) - 0.0594) < 2e-3)
  }

  @Test func decibelsAtTheEnds() {
    #expect(Statistics.decibels(signal: 100, noise: 1) == 20)
    #expect(Statistics.decibels(signal: 1, noise: 0) == .infinity)
    #expect(Statistics.decibels(signal: 0, noise: 1) == -.infinity)
    #expect(Statistics.decibels(signal: 0, noise: 0) == 0)
  }

  @Test func quantilesAreValuesThatOccurred() {
    let values = (1...200).map { Double($0) }
    #expect(Statistics.quantile(0.99, ofAscending: values) == 198)
    #expect(Statistics.quantile(1, ofAscending: values) == 200)
    #expect(Statistics.quantile(0, ofAscending: values) == 1)
    #expect(Statistics.quantile(0.99, ofAscending: [7]) == 7)
    #expect(Statistics.quantile(0.99, ofAscending: []) == 0)
  }
}
