import CHRNKernels
import Testing

@Suite struct ConvolutionBFloat16Tests {
  /// Windows of as many taps of blocks as one tier widens at once, and of more: 72, 125, and 75 at a time.
  static let deepWindows = [(128, 3, 7), (80, 5, 4), (80, 5, 2)].map {
    ConvolutionCase(
      channels: $0.0, height: 5, width: 10, outputs: 80, kernelHeight: $0.1, kernelWidth: $0.1, padTop: 1, padLeft: 1,
      padRight: 1, seed: UInt64($0.2))
  }
  static let randomCases =
    ConvolutionCase.random(100, seed: 0xBF1, macs: 200_000, blocks: [16])
    + ConvolutionCase.random(50, seed: 0xBF2, macs: 200_000, blocks: [16], .inParts)
    + ConvolutionCase.random(80, seed: 0xBF3, macs: 100_000, blocks: [16], .depthwise)
  /// Stems whose rows of taps have every number of lanes that is left over, in whole tiles and lanes that end a group.
  static let stems = [(1, 3), (3, 1), (3, 3), (1, 15), (3, 7), (4, 7), (3, 11)].map {
    ConvolutionCase(
      channels: $0.0, height: 9, width: 41, outputs: 80, kernelHeight: 3, kernelWidth: $0.1, strideY: 2, strideX: 2,
      isStem: true, seed: UInt64($0.1))
  }
  static let cases =
    deepWindows + stems
    + (ConvolutionCase.typical.filter(\.isStem) + ConvolutionCase.wholeTiles
    + ConvolutionCase.shortRows).map(\.inFloatBlocks) + randomCases
  static let winogradCases =
    ConvolutionCase.winograd(60, seed: 0xBF4, macs: 300_000, blocks: [16]) + WinogradFloatTests.fewTiles

  /// The contract fixes every operation and its order, so the tolerance is none.
  @Test(arguments: cases)
  func scalarFollowsTheContract(_ shape: ConvolutionCase) {
    let convolution = ConvolutionBFloat16(shape)
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
          guard !shape.isPooled, result.output[offset] != nearestBFloat16(value) else { continue }
          Issue.record("[\(n), \(oy), \(ox)] is \(wide(result.output[offset])), expected \(value), rounded")
          return
        }
      }
      if shape.isPooled && n < shape.outputs { #expect(result.sums[n] == sum, "pool sum of channel \(n)") }
    }
    #expect(untouched.allSatisfy { result.output[$0] == ConvolutionBFloat16.unwritten })
  }

  /// At both ends of guarded memory, and however groups and rows are shared out. No number here is below 2⁻¹²⁶, so that
  /// the tier which drops those agrees too.
  @Test(arguments: cases)
  func tiersAgreeToTheBit(_ shape: ConvolutionCase) {
    var g = SeededGenerator(seed: shape.seed)
    for side in GuardedBuffer<UInt16>.Side.allCases {
      let convolution = ConvolutionBFloat16(shape, against: side)
      let expected = convolution.run(.scalar)
      for tier in Tier.all {
        let groupCut = g.int(in: 0...shape.groups), rowCut = shape.isPooled ? 0 : g.int(in: 0...shape.outHeight)
        expectEqual(convolution.run(tier), expected, "\(tier)")
        expectEqual(
          convolution.run(tier, groupCut: groupCut, rowCut: rowCut), expected, "\(tier), cut \(groupCut), \(rowCut)")
      }
    }
  }

  /// What Winograd computes of the same floats, rounded.
  @Test(arguments: winogradCases)
  func winogradIsThatOfFloatsRounded(_ shape: ConvolutionCase) {
    var g = SeededGenerator(seed: shape.seed)
    for side in GuardedBuffer<UInt16>.Side.allCases {
      let convolution = ConvolutionBFloat16(shape, against: side)
      let floats = convolution.float.runWinograd(.scalar, bandRows: shape.outHeight)
      let written = floats.output.elements.map {
        $0 == ConvolutionFloat.unwritten ? ConvolutionBFloat16.unwritten : nearestBFloat16($0)
      }
      for tier in Tier.all {
        let bandRows = shape.isPooled ? shape.outHeight : 4 * g.int(in: 1...4)
        let blockCut = g.int(in: 0...shape.inBlocks), groupCut = g.int(in: 0...shape.groups)
        let result = convolution.runWinograd(tier, bandRows: bandRows, blockCut: blockCut, groupCut: groupCut)
        let comment: Comment = "\(tier), bands of \(bandRows), cut \(blockCut), \(groupCut)"
        #expect(result.output.elements == written, comment)
        #expect(result.sums.firstDifference(from: floats.sums) == nil, comment)
        #expect(result.output.surroundingsAreIntact && result.sums.surroundingsAreIntact, comment)
      }
    }
  }

  private func expectEqual(
    _ actual: ConvolutionBFloat16.Result, _ expected: ConvolutionBFloat16.Result, _ comment: Comment
  ) {
    #expect(actual.output.firstDifference(from: expected.output) == nil, comment)
    #expect(actual.sums.firstDifference(from: expected.sums) == nil, comment)
    #expect(actual.output.surroundingsAreIntact && actual.sums.surroundingsAreIntact, comment)
  }
}
