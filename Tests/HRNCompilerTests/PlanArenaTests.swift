import HRNTestSupport
import Testing

@testable import HRNCompiler

@Suite struct PlanArenaTests {
  @Test(arguments: 1...40)
  func randomBuffersNeverOverlapAndLieAligned(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let buffers = (0..<Int.random(in: 1...60, using: &random)).map { _ in
      let first = Int.random(in: 0...50, using: &random)
      return ArenaPlan.Buffer(
        length: Int.random(in: 0...5000, using: &random), first: first,
        last: first + Int.random(in: 0...8, using: &random))
    }
    let plan = ArenaPlan(buffers)
    #expect(plan.overlap == nil, "seed \(seed)")
    #expect(plan.offsets.allSatisfy { $0 % 64 == 0 }, "seed \(seed)")
    #expect(plan.byteCount >= plan.lowerBound, "seed \(seed)")
    #expect(zip(plan.offsets, plan.buffers).allSatisfy { $0 + $1.length <= plan.byteCount }, "seed \(seed)")
    #expect(plan == ArenaPlan(buffers), "seed \(seed)")
  }

  @Test func chainOfLayersTakesTheTwoLargestNeighbours() {
    let plan = ArenaPlan((0..<6).map { ArenaPlan.Buffer(length: 64 * (6 - $0), first: $0, last: $0 + 1) })
    #expect(plan.byteCount == 64 * 11)
    #expect(plan.byteCount == plan.lowerBound)
  }

  @Test func buffersThatNeverMeetShareMemory() {
    let plan = ArenaPlan([
      ArenaPlan.Buffer(length: 100, first: 0, last: 1), ArenaPlan.Buffer(length: 128, first: 2, last: 3),
    ])
    #expect(plan.byteCount == 128)
    #expect(plan.offsets == [0, 0])
  }

  @Test func lowerBoundIsTheBusiestStep() {
    let plan = ArenaPlan([
      ArenaPlan.Buffer(length: 64, first: 0, last: 5), ArenaPlan.Buffer(length: 128, first: 2, last: 3),
      ArenaPlan.Buffer(length: 192, first: 3, last: 4), ArenaPlan.Buffer(length: 64, first: 5, last: 6),
    ])
    #expect(plan.lowerBound == 384)
    #expect(plan.byteCount == 384)
  }

  @Test func nothingTakesNothing() {
    #expect(ArenaPlan([]).byteCount == 0)
    #expect(ArenaPlan([]).lowerBound == 0)
  }

  @Test func overlapOfAWrongPlanIsSeen() {
    let plan = ArenaPlan([
      ArenaPlan.Buffer(length: 64, first: 0, last: 1), ArenaPlan.Buffer(length: 64, first: 1, last: 2),
    ])
    let wrong = ArenaPlan(buffers: plan.buffers, offsets: [0, 0])
    #expect(wrong.overlap.map { [$0.0, $0.1] } == [0, 1])
  }
}
