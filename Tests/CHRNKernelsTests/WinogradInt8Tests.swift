import CHRNKernels
import Testing

@Suite struct WinogradInt8Tests {
  static let cases =
    ConvolutionCase.winograd(120, seed: 0x3160, macs: 2_000_000, blocks: [16, 32, 64])
    + [
      // Several passes over the channels, and more tiles than one pass takes.
      ConvolutionCase(
        channels: 320, height: 14, width: 14, outputs: 80, kernelHeight: 3, kernelWidth: 3, padTop: 1, padLeft: 1,
        padBottom: 1, padRight: 1, inBlock: 64, outBlock: 64, hasResidual: true, borderClasses: 2, seed: 31),
      ConvolutionCase(
        channels: 16, height: 61, width: 62, outputs: 16, kernelHeight: 3, kernelWidth: 3, padTop: 1, padLeft: 1,
        padBottom: 1, padRight: 1, isPooled: true, borderClasses: 3, rowGap: 16, seed: 32),
      ConvolutionCase(
        channels: 272, height: 33, width: 35, outputs: 16, kernelHeight: 3, kernelWidth: 3, padTop: 2, padLeft: 2,
        padBottom: 2, padRight: 2, seed: 33),
    ] + fewTiles

  /// Maps of 2 x 2 tiles, with each tail that an axis can have: one of 2, one of 3, none.
  static let fewTiles = [5, 6, 7, 8].flatMap { height in
    [5, 6, 7, 8].map { width in
      let seed = UInt64(height * 8 + width)
      return ConvolutionCase(
        channels: height == width ? 80 : 48, height: height, width: width, outputs: width == 7 ? 144 : 40,
        kernelHeight: 3, kernelWidth: 3, padTop: 1, padLeft: 1, padBottom: 1, padRight: 1,
        inBlock: height == 7 ? 64 : 16, outBlock: width == 7 ? 16 : 32, hasResidual: seed % 3 == 0,
        isPooled: seed % 3 == 1, borderClasses: Int(seed % 2) + 1, rowGap: height == 8 ? 16 : 0, seed: seed)
    }
  }

  /// At both ends of guarded memory, and however rows, input blocks and groups are shared out.
  @Test(arguments: cases)
  func winogradGivesTheBitsOfTheDirectConvolution(_ shape: ConvolutionCase) {
    var g = SeededGenerator(seed: shape.seed)
    for side in GuardedBuffer<UInt8>.Side.allCases {
      let convolution = ConvolutionInt8(shape, against: side)
      let expected = convolution.run(.scalar)
      for tier in Tier.all {
        let bandRows = shape.isPooled ? shape.outHeight : 4 * g.int(in: 1...5)
        let blockCut = g.int(in: 0...shape.inBlocks), groupCut = g.int(in: 0...shape.groups)
        expectEqual(
          convolution.runWinograd(tier, bandRows: shape.outHeight, against: side), expected, "\(tier)")
        expectEqual(
          convolution.runWinograd(tier, bandRows: bandRows, blockCut: blockCut, groupCut: groupCut, against: side),
          expected, "\(tier), bands of \(bandRows), cut \(blockCut), \(groupCut)")
      }
    }
  }

  /// 112 channels of the greatest weights and activations sum to just under 2^25, beyond which Winograd is not exact.
  @Test(arguments: ConvolutionInt8.Values.allCases)
  func extremesStayExact(_ values: ConvolutionInt8.Values) {
    for (height, width) in [(1, 1), (3, 4), (7, 7), (8, 5), (6, 9), (15, 16)] {
      let shape = ConvolutionCase(
        channels: 112, height: height, width: width, outputs: 16, kernelHeight: 3, kernelWidth: 3, padTop: 1,
        padLeft: 1, padBottom: 1, padRight: 1, seed: UInt64(height))
      let convolution = ConvolutionInt8(shape, values: values)
      let expected = convolution.run(.scalar)
      for tier in Tier.all {
        expectEqual(convolution.runWinograd(tier, bandRows: height), expected, "\(tier), \(shape)")
      }
    }
  }

  @Test func everyVectorTierHasWinogradInBothStepsUnlessDotProductsOutrunIt() {
    let withoutWinograd = [HRN_TIER_SCALAR, HRN_TIER_DOTPROD, HRN_TIER_I8MM]
    for tier in Tier.all {
      let kernels = tier.kernels.pointee
      #expect((kernels.winograd_i8 == nil) == (kernels.winograd_input_i8 == nil), "\(tier)")
      #expect((kernels.winograd_i8 == nil) == withoutWinograd.contains(kernels.tier), "\(tier)")
      #expect((kernels.winograd_i8 == nil) == (kernels.winograd_i8_least == 0), "\(tier)")
    }
  }

  private func expectEqual(
    _ actual: ConvolutionInt8.Result?, _ expected: ConvolutionInt8.Result, _ comment: Comment
  ) {
    guard let actual else { return }
    #expect(actual.output.firstDifference(from: expected.output) == nil, comment)
    #expect(actual.sums.firstDifference(from: expected.sums) == nil, comment)
    #expect(actual.output.surroundingsAreIntact && actual.sums.surroundingsAreIntact, comment)
  }
}
