import HRNFormat
import HRNGraph

/// `min(max(t, low), high)`, rounded half to even.
@inline(__always)
func roundClamped(_ t: Float, _ low: Float, _ high: Float) -> Int32 {
  let raised = t > low ? t : low
  let clamped = raised < high ? raised : high
  return Int32(clamped.rounded(.toNearestOrEven))
}

extension Quantization {
  /// The bounds of an activation in steps of a uint8 tensor; all there are where there is none.
  func clamp(_ activation: Activation?) -> (low: Float, high: Float) {
    guard let activation else { return (0, 255) }
    guard let clamp = activation.storedClamp(scale: scale[0], zero: zeroPoint[0]) else {
      preconditionFailure("integers are clamped, and nothing else")
    }
    return clamp
  }
}

/// Σ x · w, exactly.
@inline(__always)
func dot(_ x: UnsafePointer<Int16>, _ w: UnsafePointer<Int16>, _ count: Int) -> Int32 {
  var sum: Int32 = 0
  for k in 0..<count { sum &+= Int32(x[k]) &* Int32(w[k]) }
  return sum
}

/// An int8 convolution:
///
///     acc = bias[class][o] + Σ x · w over the taps inside the input
///     t = float(acc) · m[o]  (+ float(r − z_r) · residualMultiplier)  + z_y
///
/// clamped and rounded to uint8; or, with a fused pool, without z_y, clamped to `[0, poolHigh]` and rounded, summed over
/// the map, and the sum rounded: `float(sum) · poolMultiplier + z_y`.
struct Int8Convolution {
  private let parts: Int8ConvolutionParts
  /// `[O][ky][kx][C / groups]`.
  private let weights: [Int16]

  init(_ parts: Int8ConvolutionParts) {
    self.parts = parts
    let (channels, area) = (parts.shape[1], parts.shape[2] * parts.shape[3])
    weights = parts.weights.indices.map { index in
      let (o, rest) = index.quotientAndRemainder(dividingBy: channels * area)
      return Int16(parts.weights[(o * channels + rest % channels) * area + rest / channels])
    }
  }

  private var window: PatchSums.Window { parts.window }
  private var outputs: Int { parts.outputs }
  /// Input channels that an output channel reads.
  private var inputs: Int { parts.shape[1] }

  func evaluate(_ inputs: [Int8Reference.Value]) -> Int8Reference.Value {
    let (parts, outputs) = (parts, outputs)
    let sums = sums(of: inputs[0].bytes.map { Int16($0) })
    let added = inputs.dropFirst().first?.bytes
    var result = [UInt8](repeating: 0, count: parts.pool == nil ? sums.count : 0)
    var pooled = [Int32](repeating: 0, count: outputs)
    for index in sums.indices {
      let o = index % outputs
      var t = Float(sums[index]) * parts.multiplier[o]
      if let residual = parts.residual, let added {
        t = t + (Float(added[index]) - residual.zero) * residual.multiplier
      }
      if let pool = parts.pool {
        pooled[o] += roundClamped(t, 0, pool.high)
      } else {
        result[index] = UInt8(roundClamped(t + parts.outputZero, parts.low, parts.high))
      }
    }
    return parts.pool?.average(pooled) ?? .uint8(result)
  }

  /// The accumulators, `[OH][OW][O]`.
  private func sums(of input: [Int16]) -> [Int32] {
    let window = window
    let outputs = outputs
    var sums = [Int32](repeating: 0, count: window.positions * outputs)
    let rows = (0..<window.kernel.y).map { window.rows(of: $0) }
    let columns = (0..<window.kernel.x).map { window.columns(of: $0) }
    input.withUnsafeBufferPointer { input in
      weights.withUnsafeBufferPointer { weights in
        parts.bias.withUnsafeBufferPointer { bias in
          sums.withUnsafeMutableBufferPointer { sums in
            for oy in 0..<window.output.y {
              for ox in 0..<window.output.x {
                let at = (oy * window.output.x + ox) * outputs
                let biasRow = (parts.rowClass[oy] * parts.columnClasses + parts.columnClass[ox]) * outputs
                for o in 0..<outputs { sums[at + o] = bias[biasRow + o] }
                let inside = columns.indices.filter { columns[$0].contains(ox) }
                for ky in 0..<window.kernel.y where rows[ky].contains(oy) {
                  let iy = oy * window.stride.y + ky * window.dilation.y - window.padding.top
                  addRow(ky, inside, input.baseAddress! + iy * window.input.x * window.channels, ox, weights) {
                    sums[at + $0] &+= $1
                  }
                }
              }
            }
          }
        }
      }
    }
    return sums
  }

  /// Adds the products of one tap row and one position, for every output channel. `inside` are the tap columns inside
  /// the input row `x`.
  @inline(__always)
  private func addRow(
    _ ky: Int, _ inside: [Int], _ x: UnsafePointer<Int16>, _ ox: Int, _ weights: UnsafeBufferPointer<Int16>,
    add: (Int, Int32) -> Void
  ) {
    guard let first = inside.first else { return }
    // Without groups and dilation the taps of a row are one run, in memory as in the weights.
    let isRun = window.groups == 1 && window.dilation.x == 1
    for kx in isRun ? [first] : inside {
      let ix = ox * window.stride.x + kx * window.dilation.x - window.padding.left
      let count = isRun ? inside.count * inputs : inputs
      for o in 0..<outputs {
        let channel = ix * window.channels + window.firstChannel(of: o, outputs: outputs)
        let tap = ((o * window.kernel.y + ky) * window.kernel.x + kx) * inputs
        add(o, dot(x + channel, weights.baseAddress! + tap, count))
      }
    }
  }
}

/// An int8 linear: `t = activation(float(acc) · m[o] + addend)`; to float32 `y = t`, to uint8
/// `y = clamp(round(t · outputMultiplier + z_y))`.
struct Int8Linear {
  private let depth: Int
  private let weights: [Int16]
  private let bias: [Int32]
  private let multiplier: [Float]
  private let activation: Activation?
  /// Of a uint8 output.
  private let output: (multiplier: Float, zero: Float)?

  init(_ node: Node, _ linear: Linear, in graph: Graph) {
    guard case .int8(let stored) = graph.constants[node.parameters[0]],
      case .int32(let bias) = graph.constants[node.parameters[1]],
      case .float32(let multiplier) = graph.constants[node.parameters[2]]
    else { preconditionFailure("an int8 linear has weights, biases and multipliers") }
    depth = graph.tensors[node.parameters[0]].shape[1]
    weights = stored.map { Int16($0) }
    self.bias = bias
    self.multiplier = multiplier
    activation = linear.activation
    let result = graph.tensors[node.outputs[0]]
    output = result.quantization.flatMap { quantization in
      result.elementType == .uint8
        ? (node.requantization!.outputMultiplier!, quantization.zeroPoint[0]) : nil
    }
  }

  func evaluate(_ inputs: [Int8Reference.Value]) -> Int8Reference.Value {
    let x = inputs[0].bytes.map { Int16($0) }
    let addend = inputs.dropFirst().first?.floats
    var t = [Float](repeating: 0, count: bias.count)
    x.withUnsafeBufferPointer { x in
      weights.withUnsafeBufferPointer { weights in
        for o in bias.indices {
          let acc = bias[o] &+ dot(x.baseAddress!, weights.baseAddress! + o * depth, depth)
          t[o] = Float(acc) * multiplier[o]
          if let addend { t[o] = t[o] + addend[o] }
        }
      }
    }
    if let activation { t = FloatOperations.apply(activation, t) }
    guard let output else { return .float32(t) }
    return .uint8(t.map { UInt8(roundClamped($0 * output.multiplier + output.zero, 0, 255)) })
  }
}

/// A float32 linear: fused multiply-adds in ascending order onto the bias, then the addend, then the activation.
struct Float32Linear {
  private let depth: Int
  private let weights: [Float]
  private let bias: [Float]
  private let activation: Activation?

  init(_ node: Node, _ linear: Linear, in graph: Graph) {
    guard let weights = graph.floats(of: node.parameters[0]) else { preconditionFailure("a float linear has weights") }
    let shape = graph.tensors[node.parameters[0]].shape
    depth = shape[1]
    self.weights = weights
    bias = node.parameters.dropFirst().first.flatMap { graph.floats(of: $0) } ?? [Float](repeating: 0, count: shape[0])
    activation = linear.activation
  }

  func evaluate(_ inputs: [Int8Reference.Value]) -> Int8Reference.Value {
    let x = inputs[0].floats
    var y = bias
    for o in y.indices {
      var sum = y[o]
      for k in 0..<depth { sum.addProduct(x[k], weights[o * depth + k]) }
      y[o] = sum
    }
    if let addend = inputs.dropFirst().first?.floats { for o in y.indices { y[o] += addend[o] } }
    return .float32(activation.map { FloatOperations.apply($0, y) } ?? y)
  }
}
