import CHRNKernels
import Glibc
import Testing

@Suite struct ExponentialTests {
  /// Every sign, every exponent, and many significands of each.
  static let everywhere: [Float] = (0..<512).flatMap { signAndExponent in
    (0..<128).map { step in
      Float(bitPattern: UInt32(signAndExponent) << 23 | UInt32(step) &* 65_537 &* 1_021 & 0x7F_FFFF)
    }
  }.filter(\.isFinite)

  /// Where e^x is neither 0 nor infinity, closely.
  static let closely: [Float] = (-110_000...110_000).map { Float($0) / 1000 }

  /// Units in the last place of `expected` between it and `actual`; below the normal floats, of the least of those.
  private func ulps(_ actual: Float, _ expected: Double) -> Double {
    if Float(expected) == actual { return 0.5 }
    return abs(Double(actual) - expected) / Double(max(abs(Float(expected)), .leastNormalMagnitude).ulp)
  }

  @Test func eluIsWithinHalfAnUlpOfDouble() {
    for values in [Self.everywhere, Self.closely] {
      let x = GuardedBuffer(values)
      let y = checkKernel(values.count, initial: 0 as Float) { kernels, y in
        kernels.elu_f32(x.pointer, 1, y, Int64(values.count))
      }
      var worst = 0.0
      for (i, value) in values.enumerated() {
        worst = max(worst, value > 0 ? (y[i] == value ? 0 : 9) : ulps(y[i], expm1(Double(value))))
      }
      #expect(worst <= 0.51)
    }
  }

  @Test func eluScalesByAlphaInPlace() {
    let y = checkKernel(3, initial: -1 as Float) { $0.elu_f32($1, 0.5, $1, 3) }
    #expect(ulps(y[0], 0.5 * expm1(-1)) <= 0.51)
  }

  @Test func sigmoidIsWithinHalfAnUlpOfDouble() {
    for values in [Self.everywhere, Self.closely] {
      let x = GuardedBuffer(values)
      let y = checkKernel(values.count, initial: 0 as Float) { kernels, y in
        kernels.sigmoid_f32(x.pointer, y, Int64(values.count))
      }
      let worst = values.enumerated().map { ulps(y[$0.offset], 1 / (1 + exp(-Double($0.element)))) }.max()!
      #expect(worst <= 0.51)
      #expect(y.elements.allSatisfy { $0 >= 0 && $0 <= 1 })
    }
  }

  @Test func tanhIsWithinHalfAnUlpOfDouble() {
    for values in [Self.everywhere, Self.closely] {
      let x = GuardedBuffer(values)
      let y = checkKernel(values.count, initial: 0 as Float) { kernels, y in
        kernels.tanh_f32(x.pointer, y, Int64(values.count))
      }
      let worst = values.enumerated().map { ulps(y[$0.offset], tanh(Double($0.element))) }.max()!
      #expect(worst <= 0.51)
      #expect(y.elements.allSatisfy { $0 >= -1 && $0 <= 1 })
    }
  }

  /// Each e is one float of at most 1, so an output is right to about two ulps: one rounding of e, one of the quotient,
  /// and the sum's own error far below.
  @Test(arguments: [1, 2, 3, 10, 17, 64, 200, 1000, 50_000])
  func softmaxSumsToOne(_ n: Int) {
    var g = SeededGenerator(seed: UInt64(n))
    for range: ClosedRange<Float> in [-1...1, -30...30, 1000...1001, -1e38...1e38, 5...5] {
      let x = guarded(n) { Float.random(in: range, using: &g) }
      let y = checkKernel(n, initial: 0 as Float) { $0.softmax_f32(x.pointer, $1, Int64(n)) }
      let greatest = Double(x.elements.max()!)
      let sum = x.elements.reduce(0.0) { $0 + exp(Double($1) - greatest) }
      let isExact = (0..<n).allSatisfy { ulps(y[$0], exp(Double(x[$0]) - greatest) / sum) <= 2 }
      #expect(isExact, "\(n) values in \(range)")
      #expect(abs(y.elements.reduce(0.0) { $0 + Double($1) } - 1) <= 1e-6)
    }
  }

  @Test func softmaxWorksInPlaceAndOnNothing() {
    let y = checkKernel(4, initial: 3 as Float) { $0.softmax_f32($1, $1, 4) }
    #expect(y.elements == [0.25, 0.25, 0.25, 0.25])
    checkKernel(0, initial: 0 as Float) { $0.softmax_f32($1, $1, 0) }
  }

  @Test func notANumberStaysOne() {
    let x = GuardedBuffer<Float>([.nan, 1])
    let sigmoid = checkKernel(2, initial: 0 as Float) { $0.sigmoid_f32(x.pointer, $1, 2) }
    let elu = checkKernel(2, initial: 0 as Float) { $0.elu_f32(x.pointer, 1, $1, 2) }
    let tanh = checkKernel(2, initial: 0 as Float) { $0.tanh_f32(x.pointer, $1, 2) }
    #expect(sigmoid[0].isNaN && elu[0].isNaN && elu[1] == 1 && tanh[0].isNaN)
  }
}
