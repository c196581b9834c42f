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
  private let transform: Winograd8Transform
  private let input: Winograd8Input
  private let inputZero: Int16
  private let outputs: Int
  /// `[position][O][C]`.
  private let weights: [Int16]
  /// `[position][O]`.
  private let bias: [Int32]
  private let multiplier: [Float]
  private let addend: [Float]
  private let pool: (high: Float, multiplier: Float)
  private let outputZero: Float

  init(_ node: Node, _ convolution: Convolution, _ input: Winograd8Input, in graph: Graph) {
    guard case .int32(let bias) = graph.constants[node.parameters[1]],
      case .float32(let multiplier) = graph.constants[node.parameters[2]],
      case .float32(let addend) = graph.constants[node.parameters[3]],
      case .int8(let stored) = graph.constants[node.parameters[4]], let requantization = node.requantization
    else { preconditionFailure("Winograd in 8 bits has weights, biases and multipliers for its positions") }
    let read = graph.tensors[node.inputs[0]], written = graph.tensors[node.outputs[0]]
    let window = QuantizeInt8.window(
      convolution, input: read.shape, weights: graph.tensors[node.parameters[0]].shape)
    transform = Winograd8Transform(window)
    self.input = input
    inputZero = Int16(read.quantization!.zeroPoint[0])
    outputs = addend.count
    let (positions, elements) = (Winograd8Transform.positions, addend.count * window.channels)
    weights = (0..<stored.count).map { Int16(stored[$0 % elements * positions + $0 / elements]) }
    self.bias = bias
    self.multiplier = multiplier
    self.addend = addend
    pool = (requantization.poolHigh!, requantization.poolMultiplier!)
    outputZero = written.quantization!.zeroPoint[0]
  }

  func evaluate(_ inputs: [Int8Reference.Value]) -> Int8Reference.Value {
    let v = transform.input(inputs[0].bytes, zero: inputZero)
    let (channels, count) = (transform.window.channels, transform.tileCount)
    let perPosition = count * channels
    let rounded = v.indices.map { Int16(input.rounded(v[$0], at: $0 / perPosition)) }
    var pooled = [Int32](repeating: 0, count: outputs)
    rounded.withUnsafeBufferPointer { rounded in
      weights.withUnsafeBufferPointer { weights in
        for tile in 0..<count {
          for o in 0..<outputs {
            let m = (0..<Winograd8Transform.positions).map { p in
              let sum = dot(
                rounded.baseAddress! + (p * count + tile) * channels,
                weights.baseAddress! + (p * outputs + o) * channels, channels)
              return Float(bias[p * outputs + o] &+ sum) * multiplier[p * outputs + o]
            }
            pooled[o] += sumOfOutputs(m, tile, addend[o])
          }
        }
      }
    }
    return .uint8(
      pooled.map { UInt8(roundClamped(Float($0) * pool.multiplier + outputZero, 0, 255)) })
  }

  /// The rounded outputs of one tile that lie inside the map, added up.
  private func sumOfOutputs(_ m: [Float], _ tile: Int, _ addend: Float) -> Int32 {
    let (y, x) = (tile / transform.tiles.x * 2, tile % transform.tiles.x * 2)
    let rows = (0..<4).map { j in Self.pair(m[j], m[4 + j], m[8 + j], m[12 + j]) }
    var sum: Int32 = 0
    for r in 0..<2 where y + r < transform.window.output.y {
      let row = Self.pair(rows[0][r], rows[1][r], rows[2][r], rows[3][r])
      for c in 0..<2 where x + c < transform.window.output.x { sum += roundClamped(row[c] + addend, 0, pool.high) }
    }
    return sum
  }

  /// `A` of four numbers.
  private static func pair(_ m0: Float, _ m1: Float, _ m2: Float, _ m3: Float) -> [Float] {
    [(m0 + m1) + m2, (m1 - m2) + m3]
  }
}
