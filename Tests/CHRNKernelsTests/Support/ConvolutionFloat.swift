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

  init(_ shape: ConvolutionCase, against side: GuardedBuffer<Float>.Side = .end) {
    var g = SeededGenerator(seed: shape.seed)
    self.shape = shape
    let taps = shape.kernelHeight * shape.kernelWidth * shape.depth
    let input = GuardedBuffer<Float>(count: shape.inputCount, against: side)
    input.fill { Float.random(in: -1...3, using: &g) }
    self.input = input
    let scale = 1 / Float(taps).squareRoot()
    let weights: [Float] = (0..<shape.outputs * taps).map { _ in Float.random(in: -scale...scale, using: &g) }
    self.weights = weights
    packed = GuardedBuffer(
      shape.packed(kStep: 1) { n, c, ky, kx in Self.weight(weights, shape, n, c, ky, kx) }, against: side)
    bias = GuardedBuffer(count: shape.lanes, against: side)
    bias.fill { Float.random(in: -1...1, using: &g) }
    residual = GuardedBuffer(count: shape.outputCount, against: side)
    residual.fill { Float.random(in: -1...1, using: &g) }
    low = g.pick([0, 0, -Float.infinity, 0.1])
    high = g.pick([.infinity, .infinity, 6, 0.5])
  }

  private static func weight(
    _ weights: [Float], _ shape: ConvolutionCase, _ n: Int, _ c: Int, _ ky: Int, _ kx: Int
  ) -> Float {
    weights[((n * shape.depth + c) * shape.kernelHeight + ky) * shape.kernelWidth + kx]
  }

  typealias Result = (output: GuardedBuffer<Float>, sums: GuardedBuffer<Float>)

  /// What unwritten output holds.
  static let unwritten: Float = -12345

  /// Runs one tier into fresh buffers, in one call or cut after some groups and some rows.
  func run(_ tier: Tier, groupCut: Int = 0, rowCut: Int = 0) -> Result {
    let output = GuardedBuffer<Float>(count: shape.isPooled ? 0 : shape.outputCount)
    let sums = GuardedBuffer<Float>(count: shape.isPooled ? shape.lanes : 0)
    output.fill { Self.unwritten }
    sums.fill { Self.unwritten }
    var arguments = hrn_conv2d_f32(
      shape: shape.shape, input: input.pointer, weights: packed.pointer, bias: bias.pointer,
      residual: shape.hasResidual ? residual.pointer : nil, low: low, high: high, output: output.pointer,
      pool_sums: shape.isPooled ? sums.pointer : nil)
    let groups = Int32(shape.groups), rows = Int32(shape.outHeight)
    for (g0, g1) in [(0, Int32(groupCut)), (Int32(groupCut), groups)] where g0 < g1 {
      for (r0, r1) in [(0, Int32(rowCut)), (Int32(rowCut), rows)] where r0 < r1 {
        let kernels = tier.kernels.pointee
        let kernel = shape.isDepthwise ? kernels.depthwise2d_f32 : kernels.conv2d_f32
        kernel!(&arguments, g0, g1, r0, r1)
      }
    }
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
