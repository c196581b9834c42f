import CHRNKernels
import Testing

@Suite struct ConvolutionFloatTests {
  static let cases =
    ConvolutionCase.random(120, seed: 0xF32, macs: 200_000, blocks: [16])
    + ConvolutionCase.random(60, seed: 0xF33, macs: 200_000, blocks: [16], .inParts)
    + ConvolutionCase.random(120, seed: 0xF34, macs: 100_000, blocks: [16], .depthwise)
    + (ConvolutionCase.typical + ConvolutionCase.wholeTiles + ConvolutionCase.shortRows).map(\.inFloatBlocks)

  /// The contract fixes every operation and its order, so the tolerance is none.
  @Test(arguments: cases)
  func scalarFollowsTheContract(_ shape: ConvolutionCase) {
    let convolution = ConvolutionFloat(shape)
    let result = convolution.run(.scalar)
    var untouched = Set(0..<result.output.count)
    for n in 0..<shape.lanes {
      var sum: Float = 0
      for oy in 0..<shape.outHeight {
        for ox in 0..<shape.outWidth {
          let offset = shape.outputOffset(n, oy, ox)
          untouched.remove(offset)
          guard n < shape.outputs else { continue }
          let value = convolution.expectedValue(n, oy, ox)
          sum += value
          guard !shape.isPooled, result.output[offset] != value else { continue }
          Issue.record("[\(n), \(oy), \(ox)] is \(result.output[offset]), expected \(value)")
          return
        }
      }
      if shape.isPooled && n < shape.outputs { #expect(result.sums[n] == sum, "pool sum of channel \(n)") }
    }
    #expect(untouched.allSatisfy { result.output[$0] == ConvolutionFloat.unwritten })
  }

  /// At both ends of guarded memory, and however groups and rows are shared out.
  @Test(arguments: cases)
  func tiersAgreeToTheBit(_ shape: ConvolutionCase) {
    var g = SeededGenerator(seed: shape.seed)
    for side in GuardedBuffer<Float>.Side.allCases {
      let convolution = ConvolutionFloat(shape, against: side)
      let expected = convolution.run(.scalar)
      for tier in Tier.all {
        let groupCut = g.int(in: 0...shape.groups), rowCut = shape.isPooled ? 0 : g.int(in: 0...shape.outHeight)
        expectEqual(convolution.run(tier), expected, "\(tier)")
        expectEqual(
          convolution.run(tier, groupCut: groupCut, rowCut: rowCut), expected, "\(tier), cut \(groupCut), \(rowCut)")
      }
    }
  }

  private func expectEqual(
    _ actual: ConvolutionFloat.Result, _ expected: ConvolutionFloat.Result, _ comment: Comment
  ) {
    #expect(actual.output.firstDifference(from: expected.output) == nil, comment)
    #expect(actual.sums.firstDifference(from: expected.sums) == nil, comment)
    #expect(actual.output.surroundingsAreIntact && actual.sums.surroundingsAreIntact, comment)
  }
}

extension ConvolutionCase {
  /// The same convolution in the blocks that float tensors use.
  var inFloatBlocks: ConvolutionCase {
    var shape = self
    (shape.inBlock, shape.outBlock) = (16, 16)
    return shape
  }
}
