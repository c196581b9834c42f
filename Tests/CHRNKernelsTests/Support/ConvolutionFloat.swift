import CHRNKernels

/// A float convolution with data: logical tensors drawn from the case's seed, packed in guarded memory.
final class ConvolutionFloat {
  let shape: ConvolutionCase
  let input: GuardedBuffer<Float>
  let weights: [Float]
  let packed: GuardedBuffer<Float>
  let bias: GuardedBuffer<Float>
  let residual: GuardedBuffer<Float>
  let low: Float, high: Float

  /// Narrow numbers are those that bfloat16 has, whole ones such that it has sums of nine of them too.
  enum Numbers { case float, narrow, whole }

  /// Bounds are drawn where none are given.
  init(
    _ shape: ConvolutionCase, against side: GuardedBuffer<Float>.Side = .end, low: Float? = nil, high: Float? = nil,
    _ numbers: Numbers = .float
  ) {
    func stored(_ x: Float) -> Float {
      switch numbers {
      case .float: x
      case .narrow: wide(nearestBFloat16(x))
      case .whole: (7 * x).rounded()
      }
    }
    var g = SeededGenerator(seed: shape.seed)
    self.shape = shape
    let taps = shape.kernelHeight * shape.kernelWidth * shape.depth
    let input = GuardedBuffer<Float>(count: shape.inputCount, against: side)
    input.fill { stored(Float.random(in: -1...3, using: &g)) }
    self.input = input
    let scale = numbers == .whole ? 1 : 1 / Float(taps).squareRoot()
    let weights: [Float] = (0..<shape.outputs * taps).map { _ in
      stored(Float.random(in: -scale...scale, using: &g))
    }
    self.weights = weights
    packed = GuardedBuffer(
      shape.packed(kStep: 1) { n, c, ky, kx in Self.weight(weights, shape, n, c, ky, kx) }, against: side)
    bias = GuardedBuffer(count: shape.lanes, against: side)
    bias.fill {
      let value = Float.random(in: -1...1, using: &g)
      return numbers == .whole ? stored(value) : value
    }
    residual = GuardedBuffer(count: shape.outputCount, against: side)
    residual.fill { stored(Float.random(in: -1...1, using: &g)) }
    self.low = low ?? g.pick(numbers == .whole ? [0, -Float.infinity, 1] : [0, 0, -Float.infinity, 0.1])
    self.high = high ?? g.pick(numbers == .whole ? [.infinity, .infinity, 60] : [.infinity, .infinity, 6, 0.5])
  }

  static func weight(
    _ weights: [Float], _ shape: ConvolutionCase, _ n: Int, _ c: Int, _ ky: Int, _ kx: Int
  ) -> Float {
    weights[((n * shape.depth + c) * shape.kernelHeight + ky) * shape.kernelWidth + kx]
  }

  typealias Result = (output: GuardedBuffer<Float>, sums: GuardedBuffer<Float>)

  /// What unwritten output holds.
  static let unwritten: Float = -12345

  /// Runs one tier into fresh buffers, in one call or cut after some groups and some rows.
  func run(_ tier: Tier, groupCut: Int = 0, rowCut: Int = 0) -> Result {
    let kernels = tier.kernels.pointee
    let kernel = shape.isDepthwise ? kernels.depthwise2d_f32 : kernels.conv2d_f32
    return fill { arguments in
      for (g0, g1) in Self.cut(shape.groups, at: groupCut) {
        for (r0, r1) in Self.cut(shape.outHeight, at: rowCut) { kernel!(&arguments, g0, g1, r0, r1) }
      }
    }
  }

  /// Runs one tier's Winograd in bands of some rows, each in one call or cut after some input blocks and some groups.
  func runWinograd(
    _ tier: Tier, bandRows: Int, blockCut: Int = 0, groupCut: Int = 0, against side: GuardedBuffer<Float>.Side = .end
  ) -> Result {
    let kernels = tier.kernels.pointee
    var geometry = shape.shape
    let size = hrn_winograd_f32_bytes(&geometry, Int32(bandRows))
    let v = GuardedBuffer<Float>(count: Int(size.input) / 4, against: side)
    let scratch = GuardedBuffer<UInt8>(count: Int(size.scratch), against: side == .end ? .end : .start)
    return fill { arguments in
      for row in stride(from: 0, to: shape.outHeight, by: bandRows) {
        let r0 = Int32(row), r1 = Int32(min(row + bandRows, shape.outHeight))
        for (b0, b1) in Self.cut(shape.inBlocks, at: blockCut) {
          kernels.winograd_input_f32(&arguments, b0, b1, r0, r1, v.pointer)
        }
        for (g0, g1) in Self.cut(shape.groups, at: groupCut) {
          kernels.winograd_f32(&arguments, g0, g1, r0, r1, v.pointer, scratch.pointer)
        }
      }
    }
  }

  /// `count` in one range or two.
  static func cut(_ count: Int, at cut: Int) -> [(Int32, Int32)] {
    [(0, Int32(cut)), (Int32(cut), Int32(count))].filter { $0.0 < $0.1 }
  }

  /// Fresh buffers that `body` fills by calls with these arguments.
  private func fill(_ body: (inout hrn_conv2d_f32) -> Void) -> Result {
    let output = GuardedBuffer<Float>(count: shape.isPooled ? 0 : shape.outputCount)
    let sums = GuardedBuffer<Float>(count: shape.isPooled ? shape.lanes : 0)
    output.fill { Self.unwritten }
    sums.fill { Self.unwritten }
    var arguments = hrn_conv2d_f32(
      shape: shape.shape, input: input.pointer, weights: packed.pointer, bias: bias.pointer,
      residual: shape.hasResidual ? residual.pointer : nil, low: low, high: high, output: output.pointer,
      pool_sums: shape.isPooled ? sums.pointer : nil)
    body(&arguments)
    return (output, sums)
  }

  /// The contract on logical tensors, in its order: input block, tap row, tap column, k.
  func expectedValue(_ n: Int, _ oy: Int, _ ox: Int) -> Float {
    let s = shape
    let block = s.isStem ? s.channels : s.inBlock
    let read = s.channels(of: n)
    var sum = bias[n]
    for firstChannel in stride(from: read.lowerBound / block * block, to: read.upperBound, by: block) {
      for ky in 0..<s.kernelHeight {
        let y = oy * s.strideY + ky * s.dilationY - s.padTop
        guard (0..<s.height).contains(y) else { continue }
        for kx in 0..<s.kernelWidth {
          let x = ox * s.strideX + kx * s.dilationX - s.padLeft
          guard (0..<s.width).contains(x) else { continue }
          for c in (firstChannel..<firstChannel + block).clamped(to: read) {
            sum.addProduct(input[s.inputOffset(c, y, x)], Self.weight(weights, s, n, c - read.lowerBound, ky, kx))
          }
        }
      }
    }
    if s.hasResidual { sum += residual[s.outputOffset(n, oy, ox)] }
    return min(max(sum, low), high)
  }
}
