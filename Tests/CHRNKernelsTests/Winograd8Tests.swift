import CHRNKernels
import Testing

@Suite struct Winograd8Tests {
  static let cases =
    ConvolutionCase.winograd(60, seed: 0x8081, macs: 400_000, blocks: [16, 32, 64])
    + [
      // Strips of tiles of every length, and lanes of several groups of which the last is not full.
      ConvolutionCase(
        channels: 80, height: 14, width: 13, outputs: 150, kernelHeight: 3, kernelWidth: 3, padTop: 1, padLeft: 1,
        padBottom: 1, padRight: 1, inBlock: 16, seed: 41),
      // Nothing but half tiles.
      ConvolutionCase(
        channels: 16, height: 1, width: 1, outputs: 16, kernelHeight: 3, kernelWidth: 3, padTop: 1, padLeft: 1,
        padBottom: 1, padRight: 1, seed: 42),
      ConvolutionCase(
        channels: 64, height: 3, width: 21, outputs: 17, kernelHeight: 3, kernelWidth: 3, inBlock: 64, rowGap: 16,
        seed: 43),
    ]

  @Test(arguments: cases) func theScalarKernelIsTheContract(_ shape: ConvolutionCase) {
    let convolution = ConvolutionWinograd8(shape)
    let sums = convolution.run(.scalar)
    #expect(convolution.expectedSums() == (0..<shape.outputs).map { Int(sums[$0]) })
  }

  /// At both ends of guarded memory, and however input blocks and groups are shared out.
  @Test(arguments: cases) func everyTierGivesTheSameBits(_ shape: ConvolutionCase) {
    var g = SeededGenerator(seed: shape.seed)
    for side in GuardedBuffer<UInt8>.Side.allCases {
      for values in [ConvolutionWinograd8.Values.random, .narrow] {
        let convolution = ConvolutionWinograd8(shape, values: values, against: side)
        let expected = convolution.run(.scalar)
        for tier in Tier.all {
          let (blockCut, groupCut) = (g.int(in: 0...shape.inBlocks), g.int(in: 0...shape.groups))
          for sums in [
            convolution.run(tier, against: side),
            convolution.run(tier, blockCut: blockCut, groupCut: groupCut, against: side),
          ] {
            #expect(sums.firstDifference(from: expected) == nil, "\(tier), \(values), \(blockCut), \(groupCut)")
            #expect(sums.surroundingsAreIntact, "\(tier)")
          }
        }
      }
    }
  }

  @Test(arguments: ConvolutionWinograd8.Values.allCases)
  func extremesGiveTheSameBits(_ values: ConvolutionWinograd8.Values) {
    for (height, width) in [(1, 1), (3, 4), (7, 7), (15, 16)] {
      let shape = ConvolutionCase(
        channels: 256, height: height, width: width, outputs: 32, kernelHeight: 3, kernelWidth: 3, padTop: 1,
        padLeft: 1, padBottom: 1, padRight: 1, inBlock: 64, seed: UInt64(height))
      let convolution = ConvolutionWinograd8(shape, values: values)
      let expected = convolution.run(.scalar)
      if ![.exact, .random, .narrow].contains(values) {
        let positions = Int32(shape.outHeight * shape.outWidth)
        #expect((0..<shape.outputs).allSatisfy { (1000...60000).contains(expected[$0] / positions) })
      }
      for tier in Tier.all {
        #expect(convolution.run(tier).firstDifference(from: expected) == nil, "\(tier), \(shape)")
      }
    }
  }

  /// Where no rounding happens it is the convolution.
  @Test(arguments: [(5, 8, 1), (7, 7, 0), (6, 4, 2)])
  func withoutRoundingItIsTheDirectConvolution(height: Int, width: Int, pad: Int) {
    let shape = ConvolutionCase(
      channels: 20, height: height, width: width, outputs: 18, kernelHeight: 3, kernelWidth: 3, padTop: pad,
      padLeft: pad, padBottom: pad, padRight: pad, seed: 7)
    let convolution = ConvolutionWinograd8(shape, values: .exact)
    let expected = convolution.directSums()
    #expect(expected.contains { $0 > 0 })
    for tier in Tier.all {
      let sums = convolution.run(tier)
      #expect(expected == (0..<shape.outputs).map { Int(sums[$0]) }, "\(tier)")
    }
  }
}
