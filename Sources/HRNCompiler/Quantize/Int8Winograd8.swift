import HRNFormat
import HRNGraph

/// A pooled int8 convolution by Winograd in 8 bits:
///
///     V₈ = clamp((B (x − z_x) B′ · input multiplier + 2¹⁴) >> 15 + input offset, 0, 255)
///     m  = float(bias[p][o] + Σ V₈ · U) · multiplier[p][o]
///     Y  = A m A′ + addend[o], along y first, a row of A as (m₀ + m₁) + m₂ and as (m₁ − m₂) + m₃
///
/// clamped to `[0, poolHigh]`, rounded, summed over the map, and the sum rounded: `float(sum) · poolMultiplier + z_y`.
struct Int8Winograd8 {
  private let parts: Winograd8Parts
  private let transform: Winograd8Transform
  /// `[position][O][C]`.
  private let weights: [Int16]

  init(_ parts: Winograd8Parts) {
    self.parts = parts
    transform = Winograd8Transform(parts.window)
    let (positions, elements) = (Winograd8Transform.positions, parts.outputs * parts.window.channels)
    weights = parts.weights.indices.map { Int16(parts.weights[$0 % elements * positions + $0 / elements]) }
  }

  func evaluate(_ inputs: [Int8Reference.Value]) -> Int8Reference.Value {
    let v = transform.input(inputs[0].bytes, zero: parts.inputZero)
    let (channels, count, outputs) = (transform.window.channels, transform.tileCount, parts.outputs)
    let perPosition = count * channels
    let rounded = v.indices.map { Int16(parts.input.rounded(v[$0], at: $0 / perPosition)) }
    var pooled = [Int32](repeating: 0, count: outputs)
    rounded.withUnsafeBufferPointer { rounded in
      weights.withUnsafeBufferPointer { weights in
        for o in 0..<outputs {
          for tile in 0..<count {
            let m = (0..<Winograd8Transform.positions).map { p in
              let sum = dot(
                rounded.baseAddress! + (p * count + tile) * channels,
                weights.baseAddress! + (p * outputs + o) * channels, channels)
              return Float(parts.bias[p * outputs + o] &+ sum) * parts.multiplier[p * outputs + o]
            }
            pooled[o] += sumOfOutputs(m, tile, parts.addend[o])
          }
        }
      }
    }
    return parts.pool.average(pooled)
  }

  /// The rounded outputs of one tile that lie inside the map, added up.
  private func sumOfOutputs(_ m: [Float], _ tile: Int, _ addend: Float) -> Int32 {
    let (y, x) = (tile / transform.tiles.x * 2, tile % transform.tiles.x * 2)
    let rows = (0..<4).map { j in Self.pair(m[j], m[4 + j], m[8 + j], m[12 + j]) }
    var sum: Int32 = 0
    for r in 0..<2 where y + r < transform.window.output.y {
      let row = Self.pair(rows[0][r], rows[1][r], rows[2][r], rows[3][r])
      for c in 0..<2 where x + c < transform.window.output.x {
        sum += roundClamped(row[c] + addend, 0, parts.pool.high)
      }
    }
    return sum
  }

  /// `A` of four numbers.
  private static func pair(_ m0: Float, _ m1: Float, _ m2: Float, _ m3: Float) -> [Float] {
    [(m0 + m1) + m2, (m1 - m2) + m3]
  }
}
