import HRNFormat
import HRNTestSupport
import Testing

@testable import HRNCompiler

@Suite struct PlanWeightPackingTests {
  static let shapes: [[Int]] = [
    [1, 1, 1, 1], [16, 16, 3, 3], [17, 5, 3, 2], [64, 64, 1, 1], [65, 33, 1, 3], [130, 20, 2, 2], [200, 3, 7, 7],
  ]

  @Test(arguments: shapes, [16, 32, 64])
  func unpackingUndoesPackingOfConvolutions(shape: [Int], block: Int) {
    for type in [ElementType.int8, .bfloat16, .float32] {
      checkInverse(.convolution(shape, Convolution(), channelBlock: block, type), shape: shape)
    }
  }

  /// U of output o, input i and position p lies where the format's description says.
  @Test(arguments: [[1, 1, 4, 4], [16, 16, 4, 4], [17, 5, 4, 4], [70, 33, 4, 4]], [16, 32, 64])
  func transformedWeightsLieByPosition(shape: [Int], block: Int) {
    let packing = WeightPacking.winograd8(shape, channelBlock: block)
    checkInverse(packing, shape: shape)
    let channels = (shape[1] + block - 1) / block * block
    #expect(packing.layout == .packed(.winograd8, inputBlock: channels))
    #expect(packing.count == (shape[0] + 15) / 16 * 16 * 16 * channels)
    for (o, i, p) in [(0, 0, 0), (shape[0] - 1, shape[1] - 1, 15), (shape[0] / 2, shape[1] / 2, 6)] {
      let index = o / 16 * 16 * 16 * channels + (p * channels + i / 4 * 4) * 16 + o % 16 * 4 + i % 4
      #expect(packing.index(output: o, input: i, y: p / 4, x: p % 4) == index)
    }
  }

  @Test(arguments: shapes)
  func unpackingUndoesPackingOfStems(shape: [Int]) {
    let apart = Convolution(dilation: Extent2D(y: 2, x: 3))
    for type in [ElementType.int8, .bfloat16, .float32] {
      checkInverse(.stem(shape, Convolution(), type), shape: shape)
      checkInverse(.stem(shape, apart, type), shape: shape)
    }
  }

  @Test(arguments: [
    (2, [64, 20, 3, 3]), (32, [128, 4, 3, 3]), (5, [350, 7, 1, 2]), (40, [40, 1, 5, 5]), (3, [6, 1, 3, 3]),
  ])
  func unpackingUndoesPackingInGroups(groups: Int, shape: [Int]) {
    let convolution = Convolution(groups: groups)
    for type in [ElementType.int8, .bfloat16, .float32] {
      for block in [16, 32, 64] {
        checkInverse(.convolution(shape, convolution, channelBlock: block, type), shape: shape)
      }
      checkInverse(.stem(shape, convolution, type), shape: shape)
    }
  }

  /// Of 128 outputs in 32 groups the first 64 read channels 0 to 63, which are one block; an output's four channels lie
  /// at their places in that block.
  @Test func groupsLieInTheBlocksThatTheirLanesRead() {
    let packing = WeightPacking.convolution([128, 4, 1, 1], Convolution(groups: 32), channelBlock: 64, .int8)
    let packed = packing.pack((0..<512).map { Int32($0 + 1) })
    #expect(packed.count == 128 * 64)
    for output in [0, 5, 63, 64, 127] {
      for input in 0..<4 {
        let (lane, k) = (output % 64, output / 4 * 4 % 64 + input)
        let place = output / 64 * 64 * 64 + k / 4 * 4 * 64 + lane * 4 + k % 4
        #expect(packed[place] == Int32(output * 4 + input + 1), "output \(output), input \(input)")
      }
    }
  }

  @Test func depthwiseOrderIsTheOneTheKernelsState() {
    // 70 channels: a group of 64 lanes and one of 16, of which 6 are channels.
    let weights = (0..<70 * 6).map { Int32($0 + 1) }
    var expected: [Int32] = []
    for (first, lanes) in [(0, 64), (64, 16)] {
      for tap in 0..<6 { for o in first..<first + lanes { expected.append(o < 70 ? weights[o * 6 + tap] : 0) } }
    }
    for type in [ElementType.int8, .bfloat16, .float32] {
      let packing = WeightPacking.convolution([70, 1, 2, 3], Convolution(groups: 70), channelBlock: 16, type)
      #expect(packing.pack(weights) == expected)
      #expect(packing.layout == .packed(.depthwise, inputBlock: 1))
    }
  }

  @Test(arguments: [[1, 1], [16, 4], [3, 7], [64, 64], [65, 130], [200, 33]])
  func unpackingUndoesPackingOfLinears(shape: [Int]) {
    for type in [ElementType.int8, .bfloat16, .float32] { checkInverse(.linear(shape, type), shape: shape) }
  }

  @Test func int8OrderIsTheOneTheKernelsState() {
    // 70 outputs: a full group, then one of 16 lanes. 40 inputs: three blocks of 16, the last with 8 zero lanes.
    let shape = [70, 40, 2, 3]
    let packing = WeightPacking.convolution(shape, Convolution(), channelBlock: 16, .int8)
    let weights = (0..<70 * 40 * 6).map { Int32($0 + 1) }
    var expected: [Int32] = []
    for (first, lanes) in [(0, 64), (64, 16)] {
      for block in 0..<3 {
        for tap in 0..<6 {
          for quad in 0..<4 {
            for lane in 0..<lanes {
              for element in 0..<4 {
                let (o, c) = (first + lane, block * 16 + quad * 4 + element)
                expected.append(o < 70 && c < 40 ? weights[(o * 40 + c) * 6 + tap] : 0)
              }
            }
          }
        }
      }
    }
    #expect(packing.pack(weights) == expected)
    #expect(packing.count == 80 * 48 * 6)
  }

  @Test func floatOrderIsTheOneTheKernelsState() {
    let shape = [70, 20, 1, 2]
    let weights = (0..<70 * 40).map { Float($0 + 1) }
    var expected: [Float] = []
    for (first, lanes) in [(0, 64), (64, 16)] {
      for block in 0..<2 {
        for tap in 0..<2 {
          for k in 0..<16 {
            for lane in 0..<lanes {
              let (o, c) = (first + lane, block * 16 + k)
              expected.append(o < 70 && c < 20 ? weights[(o * 20 + c) * 2 + tap] : 0)
            }
          }
        }
      }
    }
    #expect(WeightPacking.convolution(shape, Convolution(), channelBlock: 16, .float32).pack(weights) == expected)
  }

  @Test func stemOrderRunsAlongPixels() {
    // One tap row of 3 columns and 3 channels is 9 lanes, rounded up to 12.
    let packing = WeightPacking.stem([2, 3, 2, 3], Convolution(), .float32)
    let weights = (0..<36).map { Float($0 + 1) }
    let packed = packing.pack(weights)
    #expect(packing.inputBlock == 12)
    #expect(packed.count == 16 * 2 * 12)
    for (y, x, c, o) in [(0, 0, 0, 0), (0, 0, 1, 0), (1, 2, 2, 1), (1, 0, 2, 0)] {
      #expect(packed[(y * 12 + x * 3 + c) * 16 + o] == weights[((o * 3 + c) * 2 + y) * 3 + x])
    }
  }

  @Test func perLaneValuesAreRoundedUpToSixteenLanes() {
    let classes = (0..<2 * 3 * 17).map { Int32($0) }
    let packed = WeightPacking.packPerLane(classes, outputs: 17)
    #expect(packed.count == 6 * 32)
    #expect(packed[3 * 32 + 16] == 3 * 17 + 16)
    #expect(packed[3 * 32 + 17] == 0)
    #expect(WeightPacking.unpackPerLane(packed, outputs: 17) == classes)
  }

  private func checkInverse(_ packing: WeightPacking, shape: [Int]) {
    let weights = (0..<shape.reduce(1, *)).map { Int32($0 + 1) }
    let packed = packing.pack(weights)
    #expect(packed.count == packing.count)
    #expect(packed.count % 16 == 0)
    #expect(packed.count { $0 != 0 } == weights.count)
    #expect(packing.unpack(packed) == weights)
  }
}
