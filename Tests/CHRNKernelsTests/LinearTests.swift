import CHRNKernels
import Testing

@Suite struct LinearTests {
  static let outputs = [1, 15, 16, 17, 33, 48, 64, 65, 80, 128, 130, 200]
  static let depths = [4, 8, 20, 64, 100, 256, 516]

  @Test(arguments: outputs, depths)
  func int8SumsAreExactAtEveryTier(_ outputs: Int, _ depth: Int) {
    var g = SeededGenerator(seed: UInt64(outputs * 1000 + depth))
    let extreme = depth == 100
    let x = guarded(depth) { extreme ? 255 : UInt8.random(in: 0...255, using: &g) }
    let logical = (0..<outputs * depth).map { _ in extreme ? -128 : Int8.random(in: -128...127, using: &g) }
    let weights = GuardedBuffer(
      packWeights(
        outputs: outputs, blocks: { _ in 0..<1 }, kernelHeight: 1, kernelWidth: 1, inBlock: depth, kStep: 4
      ) { n, k, _, _ in logical[n * depth + k] })
    let lanes = roundUp(outputs, to: 16), groups = Int32(roundUp(outputs, to: 64) / 64)
    let bias = guarded(lanes) { Int32.random(in: -1_000_000...1_000_000, using: &g) }
    let cut = Int32(g.int(in: 0...Int(groups)))
    let sums = checkKernel(lanes, initial: Int32(77)) { kernels, sums in
      for (first, end) in [(0, cut), (cut, groups)] {
        kernels.linear_i8(
          x.pointer, weights.pointer, bias.pointer, sums, Int32(depth), Int32(outputs), first, end)
      }
    }
    for n in 0..<outputs {
      let expected = (0..<depth).reduce(Int(bias[n])) { $0 + Int(x[$1]) * Int(logical[n * depth + $1]) }
      #expect(Int(sums[n]) == expected, "output \(n) of \(outputs), depth \(depth)")
    }
  }

  @Test(arguments: outputs, depths)
  func floatSumsHaveOneOrderAtEveryTier(_ outputs: Int, _ depth: Int) {
    var g = SeededGenerator(seed: UInt64(outputs * 1000 + depth))
    let x = guarded(depth) { Float.random(in: -1...1, using: &g) }
    let logical = (0..<outputs * depth).map { _ in Float.random(in: -1...1, using: &g) }
    let weights = GuardedBuffer(
      packWeights(
        outputs: outputs, blocks: { _ in 0..<1 }, kernelHeight: 1, kernelWidth: 1, inBlock: depth, kStep: 1
      ) { n, k, _, _ in logical[n * depth + k] })
    let lanes = roundUp(outputs, to: 16), groups = Int32(roundUp(outputs, to: 64) / 64)
    let initial = guarded(lanes) { Float.random(in: -1...1, using: &g) }
    let sums = checkKernel(lanes, initial: Float(77)) { kernels, sums in
      kernels.linear_f32(
        x.pointer, weights.pointer, initial.pointer, sums, Int32(depth), Int32(outputs), 0, groups)
    }
    let inPlace = checkKernel(lanes, initial: 0.5 as Float) { kernels, sums in
      kernels.linear_f32(x.pointer, weights.pointer, sums, sums, Int32(depth), Int32(outputs), 0, groups)
    }
    for n in 0..<outputs {
      var expected = initial[n], expectedInPlace: Float = 0.5
      for k in 0..<depth {
        expected.addProduct(x[k], logical[n * depth + k])
        expectedInPlace.addProduct(x[k], logical[n * depth + k])
      }
      #expect(sums[n] == expected && inPlace[n] == expectedInPlace, "output \(n) of \(outputs), depth \(depth)")
    }
  }

  /// Where a depth is odd, neither what lies after x nor the second weight of the last pair is used.
  @Test(arguments: outputs, depths + [1, 2, 7, 33, 101])
  func sumsOfBFloat16WeightsHaveOneOrderAtEveryTier(_ outputs: Int, _ depth: Int) {
    var g = SeededGenerator(seed: UInt64(outputs * 1000 + depth))
    let x = guarded(depth) { Float.random(in: -1...1, using: &g) }
    let logical = (0..<outputs * depth).map { _ in nearestBFloat16(Float.random(in: -1...1, using: &g)) }
    let weights = GuardedBuffer(
      packWeights(
        outputs: outputs, blocks: { _ in 0..<1 }, kernelHeight: 1, kernelWidth: 1, inBlock: roundUp(depth, to: 2),
        kStep: 2
      ) { n, k, _, _ in k < depth ? logical[n * depth + k] : 0x7FC0 })
    let lanes = roundUp(outputs, to: 16), groups = Int32(roundUp(outputs, to: 64) / 64)
    let initial = guarded(lanes) { Float.random(in: -1...1, using: &g) }
    let cut = Int32(g.int(in: 0...Int(groups)))
    let sums = checkKernel(lanes, initial: Float(77)) { kernels, sums in
      for (first, end) in [(0, cut), (cut, groups)] {
        kernels.linear_bf16(
          x.pointer, weights.pointer, initial.pointer, sums, Int32(depth), Int32(outputs), first, end)
      }
    }
    let inPlace = checkKernel(lanes, initial: 0.5 as Float) { kernels, sums in
      kernels.linear_bf16(x.pointer, weights.pointer, sums, sums, Int32(depth), Int32(outputs), 0, groups)
    }
    for n in 0..<outputs {
      var expected = initial[n], expectedInPlace: Float = 0.5
      for k in 0..<depth {
        expected.addProduct(x[k], wide(logical[n * depth + k]))
        expectedInPlace.addProduct(x[k], wide(logical[n * depth + k]))
      }
      #expect(sums[n] == expected && inPlace[n] == expectedInPlace, "output \(n) of \(outputs), depth \(depth)")
    }
  }
}
