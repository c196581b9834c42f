import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

@testable import HRNCompiler

/// The float side of Winograd in 8 bits, against its definition.
@Suite struct Winograd8TransformTests {
  /// Maps that tiles fill and that they do not, with and without padding.
  static let windows = [(7, 6, 1), (4, 5, 0), (1, 1, 1), (3, 8, 2)].map { height, width, pad in
    PatchSums.Window(
      channels: 5, input: Extent2D(y: height, x: width), kernel: Extent2D(y: 3, x: 3), stride: Extent2D(y: 1, x: 1),
      padding: Padding(pad), output: Extent2D(y: height + 2 * pad - 2, x: width + 2 * pad - 2))
  }

  /// Where nothing is rounded, products at 16 positions counted by their shares are all outputs of the convolution.
  @Test(arguments: windows.indices) func productsByTheirSharesAddUpToTheConvolution(_ index: Int) {
    let window = Self.windows[index], transform = Winograd8Transform(window)
    var random = SeededGenerator(seed: 3)
    let map = (0..<window.input.y * window.input.x * 5).map { _ in UInt8.random(in: 0...255, using: &random) }
    let weights = (0..<9 * 5).map { _ in Double(Int.random(in: -8...8, using: &random)) }
    let v = transform.input(map, zero: 7)
    var found = 0.0
    for p in 0..<Winograd8Transform.positions {
      let (u, shares) = (Winograd8Transform.weights(weights, at: p), transform.share(of: p))
      for tile in 0..<transform.tileCount {
        for c in 0..<5 {
          found += Double(shares[tile]) * Double(v[(p * transform.tileCount + tile) * 5 + c]) * u[c]
        }
      }
    }
    var expected = PatchSums(window)
    expected.add { c, y, x in Double(map[(y * window.input.x + x) * 5 + c]) - 7 }
    #expect(found == zip(weights, expected.sums).reduce(0) { $0 + $1.0 * $1.1 })
    #expect(found != 0)
  }

  @Test(arguments: windows.indices) func inputsAreTransformedAsWritten(_ index: Int) {
    let window = Self.windows[index], transform = Winograd8Transform(window)
    let rows = [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, -1, 0, 1]]
    var random = SeededGenerator(seed: 4)
    for zero: UInt8 in [0, 255, 90] {
      let map = (0..<window.input.y * window.input.x * 5).map { _ in UInt8.random(in: 0...255, using: &random) }
      var expected: [Int16] = []
      for p in 0..<Winograd8Transform.positions {
        for tile in 0..<transform.tileCount {
          for c in 0..<5 {
            var sum = 0
            for tap in 0..<16 {
              let y = tile / transform.tiles.x * 2 - window.padding.top + tap / 4
              let x = tile % transform.tiles.x * 2 - window.padding.left + tap % 4
              guard (0..<window.input.y).contains(y), (0..<window.input.x).contains(x) else { continue }
              let value = Int(map[(y * window.input.x + x) * 5 + c]) - Int(zero)
              sum += rows[p / 4][tap / 4] * rows[p % 4][tap % 4] * value
            }
            expected.append(Int16(sum))
          }
        }
      }
      #expect(transform.input(map, zero: zero) == expected)
      let ranges = transform.ranges([expected, expected.map { -$0 }])
      let count = expected.count / 16
      for p in 0..<16 {
        let largest = Int(expected[p * count..<(p + 1) * count].map { abs($0) }.max()!)
        #expect(ranges[p] == -largest...largest)
      }
    }
  }

  /// The ends of a range, which holds 0, stay apart by nearly all 8 bits, and nothing in it is clipped.
  @Test func rangesAreRoundedWithoutClipping() {
    var random = SeededGenerator(seed: 5)
    let most = 4 * 255
    var ranges = [0...0, 0...1, -1...0, -most...most, 0...most, -most...0, -127...128]
    ranges += (0..<500).map { _ in -Int.random(in: 0...most, using: &random)...Int.random(in: 0...most, using: &random)
    }
    for range in ranges {
      let input = Winograd8Input([range])
      #expect((0...255).contains(input.offsets[0]) && (1...Int(Int16.max)).contains(input.multipliers[0]))
      for value in Set([range.lowerBound, range.upperBound, 0, range.upperBound / 2]) {
        let meant = (Double(input.rounded(Int16(value), at: 0)) - Double(input.offsets[0])) * input.step(at: 0)
        #expect(abs(meant - Double(value)) <= input.step(at: 0) * 0.5000001, "\(value) of \(range)")
      }
      if range.count > 256 {
        let ends = [range.lowerBound, range.upperBound].map { Int(input.rounded(Int16($0), at: 0)) }
        #expect(ends[1] - ends[0] >= 254, "\(range)")
      }
    }
  }
}
