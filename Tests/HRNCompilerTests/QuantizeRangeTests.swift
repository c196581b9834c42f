import HRNFormat
import HRNTestSupport
import Testing

@testable import HRNCompiler

@Suite struct QuantizeRangeTests {
  static func histogram(_ values: [Float]) -> ValueHistogram {
    var histogram = ValueHistogram()
    values.withUnsafeBufferPointer { histogram.add($0) }
    return histogram
  }

  @Test func countsEveryValueInABinOfItsOwnMagnitude() {
    let values: [Float] = [0, -0.0, 1e-30, 0.5, 1, -1, -3, 300, .leastNonzeroMagnitude]
    let histogram = Self.histogram(values)
    #expect(histogram.count == 9)
    #expect(histogram.minimum == -3 && histogram.maximum == 300)
    let bins = histogram.bins
    #expect(bins.map(\.count).reduce(0, +) == 9)
    #expect(bins.map(\.value) == bins.map(\.value).sorted())
    for value in values where abs(value) > 1e-37 {
      #expect(bins.contains { abs($0.value - Double(value)) <= abs(Double(value)) / 128 }, "\(value)")
    }
  }

  @Test func keepsNumbersThatAreNotFiniteApart() {
    let histogram = Self.histogram([1, .infinity, .nan, -.infinity])
    #expect(histogram.count == 1 && histogram.nonFinite == 3)
    #expect(histogram.minimum == 1 && histogram.maximum == 1)
    #expect(histogram.bins.map(\.count) == [1])
  }

  @Test func mergingIsCountingTogether() {
    var random = SeededGenerator(seed: 3)
    let values = random.floats(1000, in: -4...9)
    var merged = Self.histogram(Array(values[..<300]))
    merged.merge(Self.histogram(Array(values[300...])))
    #expect(merged == Self.histogram(values.reversed()))
  }

  @Test func minMaxKeepsEverythingAndZero() {
    #expect(RangeMethod.minMax.range(of: Self.histogram([2, 5])) == 0...5)
    #expect(RangeMethod.minMax.range(of: Self.histogram([-2, -1])) == -2...0)
    #expect(RangeMethod.minMax.range(of: Self.histogram([])) == 0...0)
  }

  @Test func percentileLeavesOutTheOutliers() {
    let values = (0..<9999).map { Float($0) / 10_000 } + [50]
    let histogram = Self.histogram(values)
    let range = RangeMethod.percentile(99.9).range(of: histogram)
    #expect(range.lowerBound == 0)
    #expect(abs(range.upperBound - 0.999) < 0.01)
    #expect(RangeMethod.percentile(100).range(of: histogram).upperBound == 50)
    let both = RangeMethod.percentile(99).range(of: Self.histogram(values + values.map { -$0 }))
    #expect(abs(both.lowerBound + 0.99) < 0.01 && abs(both.upperBound - 0.99) < 0.01)
  }

  @Test func leastErrorClipsAnOutlierAndKeepsAnEvenSpread() {
    var random = SeededGenerator(seed: 5)
    let even = random.floats(200_000, in: 0...1)
    let kept = RangeMethod.meanSquaredError.range(of: Self.histogram(even))
    #expect(kept.upperBound > 0.97)
    let clipped = RangeMethod.meanSquaredError.range(of: Self.histogram(even + [1.25]))
    #expect(clipped.upperBound < 1.15 && clipped.upperBound > 0.97)
  }

  @Test(arguments: [RangeMethod.minMax, .meanSquaredError, .percentile(99.99), .percentile(99.9)])
  func aMethodIsFoundByItsName(method: RangeMethod) {
    #expect(RangeMethod(name: method.name) == method)
  }

  @Test(arguments: ["", "max", "percentile-", "percentile-10", "percentile-101", "percentile-x"])
  func otherNamesAreNone(name: String) {
    #expect(RangeMethod(name: name) == nil)
  }

  @Test func zeroIsOneOfTheLevels() {
    for (low, high) in [(-1.0, 3.0), (-0.001, 10), (-7, 0), (0, 2.5), (-1e-3, 1e-3)] {
      let quantization = Quantization.uint8(low...high)
      let (scale, zero) = (Double(quantization.scale[0]), Double(quantization.zeroPoint[0]))
      #expect(zero == zero.rounded() && (0...255).contains(zero))
      #expect(abs((0 - zero) * scale - low) <= scale / 2 * 1.001)
      #expect(abs((255 - zero) * scale - high) <= scale / 2 * 1.001)
    }
    #expect(Quantization.uint8(0...2.55) == Quantization(scale: [Float(0.01)], zeroPoint: [0]))
  }

  @Test func aRangeOfNothingGetsTheScaleOne() {
    #expect(Quantization.uint8(0...0) == Quantization(scale: [1], zeroPoint: [0]))
    #expect(Quantization.uint8(0...1e-42 as ClosedRange<Double>) == Quantization(scale: [1], zeroPoint: [0]))
  }

  /// Against the sums taken position by position.
  @Test(arguments: 1...30) func patchSumsAreWhatEachTapReads(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let kernel = Extent2D(y: Int.random(in: 1...4, using: &random), x: Int.random(in: 1...4, using: &random))
    let stride = Extent2D(y: Int.random(in: 1...3, using: &random), x: Int.random(in: 1...3, using: &random))
    let input = Extent2D(y: Int.random(in: 7...11, using: &random), x: Int.random(in: 7...11, using: &random))
    let dilation = Extent2D(y: Int.random(in: 1...2, using: &random), x: Int.random(in: 1...2, using: &random))
    let after = Int.random(in: 0...1, using: &random)
    let padding = Padding(top: Int.random(in: 0..<kernel.y, using: &random), left: 1, bottom: after, right: 2 + after)
    let window = PatchSums.Window(
      channels: 2, input: input, kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: 2,
      output: Extent2D(
        y: (input.y + padding.top + padding.bottom - (kernel.y - 1) * dilation.y - 1) / stride.y + 1,
        x: (input.x + padding.left + padding.right - (kernel.x - 1) * dilation.x - 1) / stride.x + 1))
    let values = (0..<2 * input.y * input.x).map { _ in Double(Int.random(in: -100...100, using: &random)) }
    func value(_ c: Int, _ y: Int, _ x: Int) -> Double { values[(c * input.y + y) * input.x + x] }
    var sums = PatchSums(window)
    sums.add(value)
    sums.add(value)
    var expected = [Double](repeating: 0, count: 2 * kernel.y * kernel.x)
    for c in 0..<2 {
      for ky in 0..<kernel.y {
        for kx in 0..<kernel.x {
          for oy in 0..<window.output.y {
            for ox in 0..<window.output.x {
              let iy = oy * stride.y + ky * dilation.y - padding.top
              let ix = ox * stride.x + kx * dilation.x - padding.left
              guard (0..<input.y).contains(iy), (0..<input.x).contains(ix) else { continue }
              expected[(c * kernel.y + ky) * kernel.x + kx] += 2 * value(c, iy, ix)
            }
          }
        }
      }
    }
    #expect(sums.sums == expected, "seed \(seed)")
    #expect(window.taps == kernel.y * kernel.x)
  }
}
