import CHRNKernels
import Testing

@Suite struct Winograd16Tests {
  static let cases =
    ConvolutionCase.winograd(60, seed: 0xF23, macs: 300_000, blocks: [16])
    + [
      // Several chunks of channels with a rest, and lanes of several groups of which the last is not full.
      ConvolutionCase(
        channels: 300, height: 5, width: 7, outputs: 150, kernelHeight: 3, kernelWidth: 3, padTop: 1, padLeft: 1,
        padBottom: 1, padRight: 1, hasResidual: true, seed: 51),
      // More tiles than sums are kept for, in one chunk and in two.
      ConvolutionCase(
        channels: 16, height: 23, width: 38, outputs: 80, kernelHeight: 3, kernelWidth: 3, padTop: 1, padLeft: 1,
        padBottom: 1, padRight: 1, isPooled: true, rowGap: 16, seed: 52),
      ConvolutionCase(
        channels: 144, height: 22, width: 26, outputs: 16, kernelHeight: 3, kernelWidth: 3, padTop: 1, padLeft: 1,
        padBottom: 1, padRight: 1, seed: 53),
      // Nothing but half tiles.
      ConvolutionCase(
        channels: 32, height: 1, width: 1, outputs: 64, kernelHeight: 3, kernelWidth: 3, padTop: 1, padLeft: 1,
        padBottom: 1, padRight: 1, seed: 54),
    ]

  /// The contract fixes every operation and its order, so the tolerance is none.
  @Test(arguments: cases) func theScalarKernelIsTheContract(_ shape: ConvolutionCase) {
    let convolution = ConvolutionBFloat16(shape)
    let result = convolution.runWinograd16(.scalar, bandRows: shape.outHeight)
    for n in [0, shape.outputs / 2, shape.outputs - 1] {
      var sum: Float = 0
      var wrong: String?
      convolution.forEachWinograd16Value(of: n) { oy, ox, value in
        sum += value
        if shape.isPooled { return }
        let found = result.output[shape.outputOffset(n, oy, ox)]
        if found != nearestBFloat16(value) && wrong == nil {
          wrong = "[\(n), \(oy), \(ox)] is \(wide(found)), expected \(value), rounded"
        }
      }
      if shape.isPooled && result.sums[n] != sum { wrong = "sum \(n) is \(result.sums[n]), expected \(sum)" }
      #expect(wrong == nil)
    }
  }

  /// At both ends of guarded memory, and however rows, input blocks and groups are shared out.
  @Test(arguments: cases) func tiersAgreeToTheBit(_ shape: ConvolutionCase) {
    var g = SeededGenerator(seed: shape.seed)
    for side in GuardedBuffer<UInt16>.Side.allCases {
      let convolution = ConvolutionBFloat16(shape, against: side)
      let expected = convolution.runWinograd16(.scalar, bandRows: shape.outHeight, against: side)
      for tier in Tier.all {
        let bandRows = shape.isPooled ? shape.outHeight : 2 * g.int(in: 1...8)
        let blockCut = g.int(in: 0...shape.inBlocks), groupCut = g.int(in: 0...shape.groups)
        let actual = convolution.runWinograd16(
          tier, bandRows: bandRows, blockCut: blockCut, groupCut: groupCut, against: side)
        let comment: Comment = "\(tier), bands of \(bandRows), cut \(blockCut), \(groupCut)"
        #expect(actual.output.firstDifference(from: expected.output) == nil, comment)
        #expect(actual.sums.firstDifference(from: expected.sums) == nil, comment)
        #expect(actual.output.surroundingsAreIntact && actual.sums.surroundingsAreIntact, comment)
      }
    }
  }

  /// Of numbers that no step rounds it is the convolution.
  @Test(arguments: cases) func withoutRoundingItIsTheDirectConvolution(_ shape: ConvolutionCase) {
    let convolution = ConvolutionBFloat16(shape, .whole)
    let expected = convolution.run(.scalar)
    for tier in Tier.all {
      let actual = convolution.runWinograd16(tier, bandRows: shape.outHeight)
      #expect(actual.output.firstDifference(from: expected.output) == nil, "\(tier)")
      #expect(actual.sums.firstDifference(from: expected.sums) == nil, "\(tier)")
    }
  }

  /// The contract says 1.7; the root mean square of a few thousand numbers is within a tenth of it.
  @Test(arguments: [(64, 14), (512, 9)]) func itsNoiseIsWhatTheContractSays(channels: Int, extent: Int) {
    let shape = ConvolutionCase(
      channels: channels, height: extent, width: extent, outputs: 16, kernelHeight: 3, kernelWidth: 3, padTop: 1,
      padLeft: 1, padBottom: 1, padRight: 1, seed: UInt64(channels))
    let convolution = ConvolutionBFloat16(shape)
    let float = convolution.float
    func rootMeanSquare(_ values: [Double]) -> Double {
      (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
    }
    var noise: [Double] = []
    for n in 0..<shape.outputs {
      convolution.forEachWinograd16Value(of: n) { oy, ox, value in
        let isClamped = value <= float.low || value >= float.high
        if !isClamped { noise.append(Double(value) - float.exactSum(n, oy, ox)) }
      }
    }
    let product = rootMeanSquare(float.input.elements.map(Double.init)) * rootMeanSquare(float.weights.map(Double.init))
    let unit = product * Double(9 * channels).squareRoot() * 0x1p-9
    #expect(noise.count > 500)
    #expect((1.5...1.9).contains(rootMeanSquare(noise) / unit))
  }
}
