import CHRNKernels
import Testing

@Suite struct BFloat16Tests {
  /// Between two neighbours, halfway, and a float to either side of that; small, huge and neither.
  @Test func roundsToTheNearestAndHalfToEven() {
    var numbers: [Float] = []
    for upper: UInt32 in [0x0000, 0x0001, 0x007F, 0x0080, 0x3F80, 0x3F81, 0x4049, 0x7F7E, 0x7F7F] {
      for lower: UInt32 in [0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF] {
        let x = Float(bitPattern: upper << 16 | lower)
        numbers += [x, -x]
      }
    }
    let x = GuardedBuffer(numbers)
    let bits = checkKernel(numbers.count, initial: 0x5A5A as UInt16) {
      $0.bf16_of_f32(x.pointer, $1, Int64(numbers.count))
    }
    for (index, number) in numbers.enumerated() {
      #expect(bits[index] == nearestBFloat16(number), "\(number)")
    }
    #expect(wide(bits[numbers.count - 2]) == .infinity)
  }

  /// Whatever is in it, a carry makes no number of it; its sign stays.
  @Test func whatIsNoNumberStaysNone() {
    let payloads: [UInt32] = [0x7F80_0001, 0x7F80_8000, 0x7FBF_FFFF, 0x7FC0_0000, 0x7FFF_8000, 0x7FFF_FFFF]
    let patterns = (0..<7).flatMap { _ in payloads.flatMap { [$0, $0 | 0x8000_0000] } }
    let x = GuardedBuffer(patterns.map { Float(bitPattern: $0) })
    let bits = checkKernel(patterns.count, initial: 0 as UInt16) {
      $0.bf16_of_f32(x.pointer, $1, Int64(patterns.count))
    }
    for (index, pattern) in patterns.enumerated() {
      #expect(wide(bits[index]).isNaN && bits[index] >> 15 == pattern >> 31, "\(String(pattern, radix: 16))")
    }
  }

  @Test(arguments: oddLengths)
  func convertsThereAndBack(_ n: Int) {
    var g = SeededGenerator(seed: UInt64(n))
    let x = guarded(n) { Float.random(in: -9...9, using: &g) }
    let bits = checkKernel(n, initial: 7 as UInt16) { $0.bf16_of_f32(x.pointer, $1, Int64(n)) }
    let floats = checkKernel(n, initial: 7 as Float) { $0.f32_of_bf16(bits.pointer, $1, Int64(n)) }
    for i in 0..<n { #expect(bits[i] == nearestBFloat16(x[i]) && floats[i] == wide(bits[i])) }
  }

  @Test(arguments: oddLengths)
  func addsAndClamps(_ n: Int) {
    var g = SeededGenerator(seed: UInt64(n))
    let a = guarded(n) { nearestBFloat16(Float.random(in: -9...9, using: &g)) }
    let b = guarded(n) { nearestBFloat16(Float.random(in: -9...9, using: &g)) }
    let y = checkKernel(n, initial: 7 as UInt16) { $0.add_bf16(a.pointer, b.pointer, -1, 6, $1, Int64(n)) }
    let inPlace = checkKernel(n, initial: 0x3F80 as UInt16) { $0.add_bf16($1, b.pointer, -1, 6, $1, Int64(n)) }
    for i in 0..<n {
      func sum(_ x: Float) -> UInt16 { nearestBFloat16(min(max(x + wide(b[i]), -1), 6)) }
      #expect(y[i] == sum(wide(a[i])) && inPlace[i] == sum(1))
    }
  }

  @Test(arguments: PoolTests.cases)
  func poolsInFloat(_ pool: PoolCase) {
    var g = SeededGenerator(seed: 9)
    let x = guarded(pool.inputCount) { nearestBFloat16(Float.random(in: -1...1, using: &g)) }
    let floats = GuardedBuffer(x.elements.map(wide))
    var shape = pool.shape
    let blocks = Int32(pool.blocks), none = nearestBFloat16(-7)
    let greatest = checkKernel(pool.outputCount, initial: none) { $0.max_pool_bf16(&shape, x.pointer, $1, 0, blocks) }
    let means = checkKernel(pool.outputCount, initial: none) { $0.average_pool_bf16(&shape, x.pointer, $1, 0, blocks) }
    let sums = checkKernel(pool.blocks * pool.block, initial: -7 as Float) {
      $0.sum_pool_bf16(&shape, x.pointer, $1, 0, blocks)
    }
    let greatestFloats = checkKernel(pool.outputCount, initial: -7 as Float) {
      $0.max_pool_f32(&shape, floats.pointer, $1, 0, blocks)
    }
    let meanFloats = checkKernel(pool.outputCount, initial: -7 as Float) {
      $0.average_pool_f32(&shape, floats.pointer, $1, 0, blocks)
    }
    let sumFloats = checkKernel(pool.blocks * pool.block, initial: -7 as Float) {
      $0.sum_pool_f32(&shape, floats.pointer, $1, 0, blocks)
    }
    #expect(greatest.elements == greatestFloats.elements.map(nearestBFloat16))
    #expect(means.elements == meanFloats.elements.map(nearestBFloat16))
    #expect(sums.elements == sumFloats.elements)
  }
}
