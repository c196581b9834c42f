import CHRNKernels
import Testing

@Suite struct ConvolutionInt8Tests {
  static let cases =
    ConvolutionCase.random(200, seed: 0x1808, macs: 300_000, blocks: [16, 32, 64])
    + ConvolutionCase.random(100, seed: 0x1809, macs: 200_000, blocks: [16, 32, 64], .inParts)
    + ConvolutionCase.random(160, seed: 0x180A, macs: 100_000, blocks: [16, 32, 64], .depthwise)
    + ConvolutionCase.typical + ConvolutionCase.wholeTiles + ConvolutionCase.shortRows

  @Test(arguments: cases)
  func scalarFollowsTheContract(_ shape: ConvolutionCase) {
    let convolution = ConvolutionInt8(shape)
    check(convolution.run(.scalar), of: convolution)
  }

  /// At both ends of guarded memory, and however groups and rows are shared out.
  @Test(arguments: cases, [ConvolutionInt8.Values.random, .plain, .vastMultipliers, .narrow])
  func tiersAgreeToTheBit(_ shape: ConvolutionCase, _ values: ConvolutionInt8.Values) {
    var g = SeededGenerator(seed: shape.seed)
    for side in GuardedBuffer<UInt8>.Side.allCases {
      let convolution = ConvolutionInt8(shape, values: values, against: side)
      let expected = convolution.run(.scalar)
      for tier in Tier.all {
        let groupCut = g.int(in: 0...shape.groups), rowCut = shape.isPooled ? 0 : g.int(in: 0...shape.outHeight)
        expectEqual(convolution.run(tier), expected, "\(tier)")
        expectEqual(
          convolution.run(tier, groupCut: groupCut, rowCut: rowCut), expected, "\(tier), cut \(groupCut), \(rowCut)")
      }
    }
  }

  /// What makes whole tiles what they are tested for.
  @Test(arguments: ConvolutionCase.wholeTiles.flatMap { [$0, $0.inFloatBlocks] })
  func wholeTilesAreInOneBandAndChunk(_ shape: ConvolutionCase) {
    #expect(shape.shape.band == shape.shape.out_height && shape.shape.chunk == shape.shape.in_blocks)
  }

  @Test(arguments: ConvolutionInt8.Values.allCases)
  func extremesStayExact(_ values: ConvolutionInt8.Values) {
    let shapes =
      ConvolutionCase.random(20, seed: 0xED6E, macs: 100_000, blocks: [16, 64])
      + ConvolutionCase.random(20, seed: 0xED6F, macs: 50_000, blocks: [16, 64], .depthwise)
      + ConvolutionCase.typical
    for shape in shapes {
      let convolution = ConvolutionInt8(shape, values: values)
      let expected = convolution.run(.scalar)
      check(expected, of: convolution)
      for tier in Tier.all { expectEqual(convolution.run(tier), expected, "\(tier), \(shape)") }
    }
  }

  private func expectEqual(
    _ actual: ConvolutionInt8.Result, _ expected: ConvolutionInt8.Result, _ comment: Comment
  ) {
    #expect(actual.output.firstDifference(from: expected.output) == nil, comment)
    #expect(actual.sums.firstDifference(from: expected.sums) == nil, comment)
    #expect(actual.output.surroundingsAreIntact && actual.sums.surroundingsAreIntact, comment)
  }

  /// Every logical value is as expected, and no byte that belongs to no lane was written.
  private func check(_ result: ConvolutionInt8.Result, of convolution: ConvolutionInt8) {
    let s = convolution.shape
    var untouched = Set(0..<result.output.count)
    for n in 0..<s.lanes {
      var sum = 0
      for oy in 0..<s.outHeight {
        for ox in 0..<s.outWidth {
          if !s.isPooled { untouched.remove(s.outputOffset(n, oy, ox)) }
          guard n < s.outputs else { continue }
          let value = convolution.expectedValue(n, oy, ox)
          sum += value
          guard !s.isPooled, Int(result.output[s.outputOffset(n, oy, ox)]) != value else { continue }
          Issue.record("[\(n), \(oy), \(ox)] is \(result.output[s.outputOffset(n, oy, ox)]), expected \(value)")
          return
        }
      }
      if s.isPooled && n < s.outputs { #expect(Int(result.sums[n]) == sum, "pool sum of channel \(n)") }
    }
    #expect(untouched.allSatisfy { result.output[$0] == 0x5A }, "bytes outside every lane are left alone")
  }
}

extension ConvolutionCase {
  /// The convolutions a ResNet is made of, at a small size.
  static let typical: [ConvolutionCase] = [
    ConvolutionCase(
      channels: 3, height: 20, width: 20, outputs: 64, kernelHeight: 7, kernelWidth: 7, strideY: 2, strideX: 2,
      isStem: true, borderClasses: 3, seed: 11),
    ConvolutionCase(
      channels: 64, height: 14, width: 14, outputs: 64, kernelHeight: 3, kernelWidth: 3, padTop: 1, padLeft: 1,
      padBottom: 1, padRight: 1, inBlock: 64, outBlock: 64, seed: 12),
    ConvolutionCase(
      channels: 64, height: 15, width: 15, outputs: 80, kernelHeight: 3, kernelWidth: 3, strideY: 2, strideX: 2,
      padTop: 1, padLeft: 1, padBottom: 1, padRight: 1, inBlock: 64, outBlock: 64, rowGap: 64, seed: 13),
    ConvolutionCase(
      channels: 128, height: 7, width: 7, outputs: 256, inBlock: 64, outBlock: 64, hasResidual: true, seed: 14),
    ConvolutionCase(
      channels: 64, height: 7, width: 7, outputs: 130, kernelHeight: 3, kernelWidth: 3, padTop: 1, padLeft: 1,
      padBottom: 1, padRight: 1, inBlock: 64, outBlock: 64, isPooled: true, seed: 15),
    // ResNeXt's 32x4d, and the depthwise convolutions of an EfficientNet with TensorFlow's padding.
    ConvolutionCase(
      channels: 128, height: 9, width: 9, outputs: 128, kernelHeight: 3, kernelWidth: 3, padTop: 1, padLeft: 1,
      padBottom: 1, padRight: 1, parts: 32, inBlock: 64, outBlock: 64, seed: 16),
    ConvolutionCase(
      channels: 96, height: 28, width: 28, outputs: 96, kernelHeight: 3, kernelWidth: 3, strideY: 2, strideX: 2,
      padBottom: 1, padRight: 1, parts: 96, isDepthwise: true, inBlock: 32, outBlock: 32, seed: 17),
    ConvolutionCase(
      channels: 144, height: 14, width: 14, outputs: 144, kernelHeight: 5, kernelWidth: 5, padTop: 2, padLeft: 2,
      padBottom: 2, padRight: 2, parts: 144, isDepthwise: true, hasResidual: true, borderClasses: 3, seed: 18),
  ]

  /// Whole tiles of all lanes of a group, so many in the one band and chunk that these seeds choose that none need ask for
  /// weights: with a residual and without, and with rows of taps outside the map.
  static let wholeTiles: [ConvolutionCase] = [
    ConvolutionCase(channels: 64, height: 24, width: 21, outputs: 80, inBlock: 64, outBlock: 64, seed: 71),
    ConvolutionCase(
      channels: 64, height: 24, width: 21, outputs: 64, inBlock: 64, outBlock: 64, hasResidual: true, rowGap: 64,
      seed: 71),
    ConvolutionCase(
      channels: 64, height: 23, width: 23, outputs: 64, kernelHeight: 3, kernelWidth: 3, padTop: 1, inBlock: 64,
      outBlock: 64, hasResidual: true, seed: 63),
    ConvolutionCase(
      channels: 64, height: 12, width: 21, outputs: 64, padTop: 6, padBottom: 8, inBlock: 64, outBlock: 64, seed: 75),
    ConvolutionCase(channels: 64, height: 24, width: 21, outputs: 64, inBlock: 64, outBlock: 32, seed: 71),
    ConvolutionCase(
      channels: 64, height: 24, width: 21, outputs: 64, inBlock: 64, outBlock: 64, isPooled: true, seed: 71),
  ]

  /// Such tiles of a stem whose pixels lie as far apart as a block's, with fewer k steps than one of those.
  static let shortRows = [
    ConvolutionCase(
      channels: 4, height: 15, width: 100, outputs: 64, kernelHeight: 2, kernelWidth: 3, strideX: 16, outBlock: 64,
      isStem: true, seed: 39)
  ]
}
