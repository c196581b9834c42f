import CHRNKernels
import Testing

@Suite struct WinogradFloatTests {
  static let cases =
    ConvolutionCase.winograd(80, seed: 0xF43, macs: 300_000, blocks: [16])
    + [
      // Several chunks of channels with a rest, lanes that are no whole group, more tiles than sums are kept for.
      ConvolutionCase(
        channels: 80, height: 13, width: 14, outputs: 72, kernelHeight: 3, kernelWidth: 3, padTop: 1, padLeft: 1,
        padBottom: 1, padRight: 1, hasResidual: true, seed: 41),
      ConvolutionCase(
        channels: 16, height: 33, width: 34, outputs: 16, kernelHeight: 3, kernelWidth: 3, padTop: 1, padLeft: 1,
        padBottom: 1, padRight: 1, isPooled: true, rowGap: 16, seed: 42),
    ] + fewTiles

  /// Two tiles each way at most, whose last outputs are in the map or outside: several chunks of channels with a rest.
  static let fewTiles = [(7, 7, 72), (8, 7, 40), (7, 5, 16), (5, 6, 72), (3, 8, 40), (1, 3, 16)].map {
    ConvolutionCase(
      channels: 80, height: $0.0, width: $0.1, outputs: $0.2, kernelHeight: 3, kernelWidth: 3, padTop: 1, padLeft: 1,
      padBottom: 1, padRight: 1, isPooled: $0.0 == 5, seed: UInt64($0.0 * $0.1))
  }

  /// The contract fixes every operation and its order, so the tolerance is none.
  @Test(arguments: cases)
  func scalarFollowsTheContract(_ shape: ConvolutionCase) {
    let convolution = ConvolutionFloat(shape)
    let result = convolution.runWinograd(.scalar, bandRows: shape.outHeight)
    for n in [0, shape.outputs / 2, shape.outputs - 1] {
      var sum: Float = 0
      var wrong: String?
      convolution.forEachWinogradValue(of: n) { oy, ox, value in
        sum += value
        let found = shape.isPooled ? value : result.output[shape.outputOffset(n, oy, ox)]
        if found != value && wrong == nil { wrong = "[\(n), \(oy), \(ox)] is \(found), expected \(value)" }
      }
      if shape.isPooled && result.sums[n] != sum { wrong = "sum \(n) is \(result.sums[n]), expected \(sum)" }
      #expect(wrong == nil)
    }
  }

  /// At both ends of guarded memory, and however rows, input blocks and groups are shared out.
  @Test(arguments: cases)
  func tiersAgreeToTheBit(_ shape: ConvolutionCase) {
    var g = SeededGenerator(seed: shape.seed)
    for side in GuardedBuffer<Float>.Side.allCases {
      let convolution = ConvolutionFloat(shape, against: side)
      let expected = convolution.runWinograd(.scalar, bandRows: shape.outHeight, against: side)
      for tier in Tier.all {
        let bandRows = shape.isPooled ? shape.outHeight : 4 * g.int(in: 1...4)
        let blockCut = g.int(in: 0...shape.inBlocks), groupCut = g.int(in: 0...shape.groups)
        let actual = convolution.runWinograd(
          tier, bandRows: bandRows, blockCut: blockCut, groupCut: groupCut, against: side)
        let comment: Comment = "\(tier), bands of \(bandRows), cut \(blockCut), \(groupCut)"
        #expect(actual.output.firstDifference(from: expected.output) == nil, comment)
        #expect(actual.sums.firstDifference(from: expected.sums) == nil, comment)
        #expect(actual.output.surroundingsAreIntact && actual.sums.surroundingsAreIntact, comment)
      }
    }
  }

  /// Rounding errors grow with the sums: 8e-6 of the largest is nearly twice what has been seen up to 1024 channels.
  @Test(arguments: [(16, 14), (64, 11), (256, 8), (1024, 4)])
  func staysNearTheExactSum(channels: Int, extent: Int) {
    let shape = ConvolutionCase(
      channels: channels, height: extent, width: extent, outputs: 16, kernelHeight: 3, kernelWidth: 3, padTop: 1,
      padLeft: 1, padBottom: 1, padRight: 1, seed: UInt64(channels))
    let convolution = ConvolutionFloat(shape, low: -.infinity, high: .infinity)
    for tier in Tier.all {
      let result = convolution.runWinograd(tier, bandRows: extent)
      var largest = 0.0, error = 0.0
      for n in 0..<16 {
        for oy in 0..<extent {
          for ox in 0..<extent {
            let exact = convolution.exactSum(n, oy, ox)
            largest = max(largest, abs(exact))
            error = max(error, abs(Double(result.output[shape.outputOffset(n, oy, ox)]) - exact))
          }
        }
      }
      #expect(error <= 8e-6 * largest, "\(tier)")
    }
  }
}
