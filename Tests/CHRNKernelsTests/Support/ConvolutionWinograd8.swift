import CHRNKernels

/// A pooled convolution by Winograd in 8 bits with data drawn from the case's seed, in guarded memory.
final class ConvolutionWinograd8 {
  /// `exact` rounds nothing: inputs are so small that 8 bits hold them transformed, and weights are transformed by 4.
  enum Values: CaseIterable {
    case random, greatest, greatestTimesLeast, narrow, narrowGreatest, exact
  }

  static let positions = 16

  let shape: ConvolutionCase
  let isNarrow: Bool
  let inputZero: Int32
  let input: GuardedBuffer<UInt8>
  let inputMultiplier: GuardedBuffer<Int16>, inputOffset: GuardedBuffer<Int16>
  /// `[O][C][3][3]`, of which `exact` makes its transformed weights.
  let taps: [Int]
  /// `[O][C][position]`.
  let weights: [Int8]
  let packed: GuardedBuffer<Int8>
  let bias: GuardedBuffer<Int32>
  let multiplier: GuardedBuffer<Float>, addend: GuardedBuffer<Float>
  let high: Float = 65535

  init(_ shape: ConvolutionCase, values: Values = .random, against side: GuardedBuffer<UInt8>.Side = .end) {
    var g = SeededGenerator(seed: shape.seed)
    self.shape = shape
    isNarrow = values == .narrow || values == .narrowGreatest
    inputZero = values == .exact ? 11 : Int32(g.pick([0, 0, 3, 255]))
    input = GuardedBuffer(count: shape.inputCount, against: side)
    input.fill {
      switch values {
      case .random, .narrow: UInt8.random(in: 0...255, using: &g)
      case .greatest, .greatestTimesLeast, .narrowGreatest: 255
      case .exact: UInt8.random(in: 0...31, using: &g)
      }
    }
    inputMultiplier = GuardedBuffer(count: Self.positions)
    let isRandom = values == .random || values == .narrow
    inputMultiplier.fill { isRandom ? Int16(g.int(in: 0...32767)) : 32767 }
    inputOffset = GuardedBuffer(count: Self.positions)
    inputOffset.fill { values == .exact ? 128 : isRandom ? Int16(g.int(in: 0...255)) : 255 }
    let taps = (0..<shape.outputs * shape.channels * 9).map { _ in g.int(in: -3...3) }
    self.taps = taps
    let count = shape.outputs * shape.channels * Self.positions
    let weights: [Int8] = (0..<count).map { index in
      switch values {
      case .random: Int8.random(in: -128...127, using: &g)
      case .greatest: 127
      case .greatestTimesLeast: -128
      case .narrow: Int8.random(in: -32...32, using: &g)
      case .narrowGreatest: 32
      case .exact: Self.transformed(taps, index / Self.positions, at: index % Self.positions)
      }
    }
    self.weights = weights
    packed = GuardedBuffer(
      packWinograd8(outputs: shape.outputs, channels: shape.channels, block: shape.inBlock) { n, c, p in
        weights[(n * shape.channels + c) * Self.positions + p]
      }, against: side == .end ? .end : .start)
    let lanes = shape.lanes
    bias = GuardedBuffer(count: Self.positions * lanes)
    multiplier = GuardedBuffer(count: Self.positions * lanes)
    addend = GuardedBuffer(count: lanes)
    guard values != .exact else {
      bias.fill { 0 }
      multiplier.fill { 0.25 }
      addend.fill { 0 }
      for n in 0..<shape.outputs {
        for p in 0..<Self.positions {
          var sum: Int32 = 0
          for c in 0..<shape.channels { sum += Int32(weights[(n * shape.channels + c) * Self.positions + p]) }
          bias[p * lanes + n] = -128 * sum
        }
      }
      return
    }
    bias.fill { Int32.random(in: -200_000...200_000, using: &g) }
    guard isRandom else {
      // So small that no sum of nine leaves the range of what is averaged: none is clamped.
      let largest = Float(255 * 128 * shape.channels + 200_000)
      multiplier.fill { Float.random(in: 0.2...1, using: &g) * 3000 / largest }
      addend.fill { Float.random(in: 30000...33000, using: &g) }
      return
    }
    multiplier.fill { Float.random(in: 0.2...1, using: &g) / Float(shape.channels).squareRoot() }
    addend.fill { Float.random(in: -3000...3000, using: &g) }
  }

  /// 4 (G g G') at one position: whole numbers of at most 27.
  private static func transformed(_ taps: [Int], _ filter: Int, at position: Int) -> Int8 {
    let rows = [[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]]
    var sum = 0
    for tap in 0..<9 {
      let factor: Int = rows[position / 4][tap / 3] * rows[position % 4][tap % 3]
      sum += factor * taps[9 * filter + tap]
    }
    return Int8(sum)
  }

  /// Runs one tier into fresh buffers, in one call or cut after some blocks and some groups. What the kernel is lent ends
  /// or begins at a guard page, and holds a pattern.
  func run(
    _ tier: Tier, blockCut: Int = 0, groupCut: Int = 0, against side: GuardedBuffer<UInt8>.Side = .end
  ) -> GuardedBuffer<Int32> {
    let kernels = tier.kernels.pointee
    var geometry = shape.shape
    let size = hrn_winograd8_bytes(&geometry)
    let v = GuardedBuffer<UInt8>(count: Int(size.input), against: side)
    let scratch = GuardedBuffer<UInt8>(count: Int(size.scratch), against: side)
    let sums = GuardedBuffer<Int32>(count: shape.lanes)
    sums.fill { 0x5A5A_5A5A }
    var arguments = hrn_winograd8(
      shape: geometry, input: input.pointer, input_zero: inputZero, input_multiplier: inputMultiplier.pointer,
      input_offset: inputOffset.pointer, weights: packed.pointer, bias: bias.pointer, multiplier: multiplier.pointer,
      addend: addend.pointer, high: high, pool_sums: sums.pointer, is_narrow: isNarrow ? 1 : 0)
    for (b0, b1) in cut(shape.inBlocks, at: blockCut) { kernels.winograd8_input!(&arguments, b0, b1, v.pointer) }
    for (g0, g1) in cut(shape.groups, at: groupCut) {
      kernels.winograd8!(&arguments, g0, g1, v.pointer, scratch.pointer)
    }
    return sums
  }

  private func cut(_ count: Int, at cut: Int) -> [(Int32, Int32)] {
    [(0, Int32(cut)), (Int32(cut), Int32(count))].filter { $0.0 < $0.1 }
  }

  // MARK: The contract, value by value

  /// Channel c at (y, x) less the zero point, 0 outside the map.
  private func element(_ c: Int, _ y: Int, _ x: Int) -> Int {
    guard (0..<shape.height).contains(y), (0..<shape.width).contains(x) else { return 0 }
    return Int(input[shape.inputOffset(c, y, x)]) - Int(inputZero)
  }

  /// V8 of one channel of the tile whose first output is (oy, ox), at every position.
  private func roundedInput(_ c: Int, _ oy: Int, _ ox: Int) -> [Int] {
    let rows = [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, -1, 0, 1]]
    return (0..<Self.positions).map { p in
      var v = 0
      for i in 0..<16 {
        let factor: Int = rows[p / 4][i / 4] * rows[p % 4][i % 4]
        v += factor * element(c, oy + i / 4 - shape.padTop, ox + i % 4 - shape.padLeft)
      }
      let rounded = Double(v * Int(inputMultiplier[p])) / 32768 + 0.5
      return min(max(Int(rounded.rounded(.down)) + Int(inputOffset[p]), 0), 255)
    }
  }

  /// The pool sum of each output channel.
  func expectedSums() -> [Int] {
    var sums = [Int](repeating: 0, count: shape.outputs)
    for oy in stride(from: 0, to: shape.outHeight, by: 2) {
      for ox in stride(from: 0, to: shape.outWidth, by: 2) {
        let v = (0..<shape.channels).map { roundedInput($0, oy, ox) }
        for n in sums.indices {
          let m: [Float] = (0..<Self.positions).map { p -> Float in
            var sum = Int(bias[p * shape.lanes + n])
            for c in 0..<shape.channels {
              let weight = Int(weights[(n * shape.channels + c) * Self.positions + p])
              sum += v[c][p] * weight
            }
            return Float(sum) * multiplier[p * shape.lanes + n]
          }
          let columns: [[Float]] = (0..<4).map { Self.outputs([m[$0], m[4 + $0], m[8 + $0], m[12 + $0]]) }
          for y in 0..<2 where oy + y < shape.outHeight {
            let values: [Float] = Self.outputs(columns.map { $0[y] })
            for x in 0..<2 where ox + x < shape.outWidth {
              let value: Float = min(max(values[x] + addend[n], 0), high)
              sums[n] += Int(value.rounded(.toNearestOrEven))
            }
          }
        }
      }
    }
    return sums
  }

  /// `A` of four numbers.
  private static func outputs(_ m: [Float]) -> [Float] {
    let first: Float = (m[0] + m[1]) + m[2]
    let second: Float = (m[1] - m[2]) + m[3]
    return [first, second]
  }

  /// The pool sums of the direct convolution by the taps, after a ReLU.
  func directSums() -> [Int] {
    (0..<shape.outputs).map { n in
      var pooled = 0
      for oy in 0..<shape.outHeight {
        for ox in 0..<shape.outWidth {
          var sum = 0
          for c in 0..<shape.channels {
            for tap in 0..<9 {
              let value = element(c, oy + tap / 3 - shape.padTop, ox + tap % 3 - shape.padLeft)
              sum += value * taps[(n * shape.channels + c) * 9 + tap]
            }
          }
          pooled += max(sum, 0)
        }
      }
      return pooled
    }
  }
}
