import CHRNKernels

/// A bfloat16 convolution with data, and the float convolution of the same numbers.
final class ConvolutionBFloat16 {
  let shape: ConvolutionCase
  let float: ConvolutionFloat
  let input: GuardedBuffer<UInt16>
  let packed: GuardedBuffer<UInt16>
  let residual: GuardedBuffer<UInt16>

  init(
    _ shape: ConvolutionCase, against side: GuardedBuffer<UInt16>.Side = .end,
    _ numbers: ConvolutionFloat.Numbers = .narrow
  ) {
    let float = ConvolutionFloat(shape, numbers)
    (self.shape, self.float) = (shape, float)
    input = GuardedBuffer(float.input.elements.map(nearestBFloat16), against: side)
    residual = GuardedBuffer(float.residual.elements.map(nearestBFloat16), against: side)
    let packed = shape.packed(kStep: 2) { n, c, ky, kx in
      nearestBFloat16(ConvolutionFloat.weight(float.weights, shape, n, c, ky, kx))
    }
    self.packed = GuardedBuffer(packed, against: side)
  }

  typealias Result = (output: GuardedBuffer<UInt16>, sums: GuardedBuffer<Float>)

  /// What unwritten output holds.
  static let unwritten: UInt16 = 0x5A5A

  /// Runs one tier into fresh buffers, in one call or cut after some groups and some rows.
  func run(_ tier: Tier, groupCut: Int = 0, rowCut: Int = 0) -> Result {
    let kernels = tier.kernels.pointee
    let kernel = shape.isDepthwise ? kernels.depthwise2d_bf16 : kernels.conv2d_bf16
    return fill { arguments in
      for (g0, g1) in ConvolutionFloat.cut(shape.groups, at: groupCut) {
        for (r0, r1) in ConvolutionFloat.cut(shape.outHeight, at: rowCut) { kernel!(&arguments, g0, g1, r0, r1) }
      }
    }
  }

  /// Runs one tier's Winograd in bands of some rows, each in one call or cut after some input blocks and some groups.
  func runWinograd(_ tier: Tier, bandRows: Int, blockCut: Int = 0, groupCut: Int = 0) -> Result {
    let kernels = tier.kernels.pointee
    var geometry = shape.shape
    let size = hrn_winograd_f32_bytes(&geometry, Int32(bandRows))
    let v = GuardedBuffer<Float>(count: Int(size.input) / 4), scratch = GuardedBuffer<UInt8>(count: Int(size.scratch))
    return fill { arguments in
      for row in stride(from: 0, to: shape.outHeight, by: bandRows) {
        let r0 = Int32(row), r1 = Int32(min(row + bandRows, shape.outHeight))
        for (b0, b1) in ConvolutionFloat.cut(shape.inBlocks, at: blockCut) {
          kernels.winograd_input_bf16(&arguments, b0, b1, r0, r1, v.pointer)
        }
        for (g0, g1) in ConvolutionFloat.cut(shape.groups, at: groupCut) {
          kernels.winograd_bf16(&arguments, g0, g1, r0, r1, v.pointer, scratch.pointer)
        }
      }
    }
  }

  /// Fresh buffers that `body` fills by calls with these arguments.
  func fill(_ body: (inout hrn_conv2d_bf16) -> Void) -> Result {
    let output = GuardedBuffer<UInt16>(count: shape.isPooled ? 0 : shape.outputCount)
    let sums = GuardedBuffer<Float>(count: shape.isPooled ? shape.lanes : 0)
    output.fill { Self.unwritten }
    sums.fill { ConvolutionFloat.unwritten }
    var arguments = hrn_conv2d_bf16(
      shape: shape.shape, input: input.pointer, weights: packed.pointer, bias: float.bias.pointer,
      residual: shape.hasResidual ? residual.pointer : nil, low: float.low, high: float.high, output: output.pointer,
      pool_sums: shape.isPooled ? sums.pointer : nil)
    body(&arguments)
    return (output, sums)
  }

  /// The contract on logical tensors, before the last rounding.
  func expectedValue(_ n: Int, _ oy: Int, _ ox: Int) -> Float {
    if shape.isDepthwise { return float.expectedValue(n, oy, ox) }
    var sum = shape.isStem ? stemSum(n, oy, ox) : blockSum(n, oy, ox)
    if shape.hasResidual { sum += float.residual[shape.outputOffset(n, oy, ox)] }
    return min(max(sum, float.low), float.high)
  }

  /// The sum over a window: pairs of channels of a block, the second first.
  private func blockSum(_ n: Int, _ oy: Int, _ ox: Int) -> Float {
    let s = shape, read = s.channels(of: n)
    var sum = float.bias[n]
    for firstChannel in stride(from: read.lowerBound / s.inBlock * s.inBlock, to: read.upperBound, by: s.inBlock) {
      for ky in 0..<s.kernelHeight {
        let y = oy * s.strideY + ky * s.dilationY - s.padTop
        guard (0..<s.height).contains(y) else { continue }
        for kx in 0..<s.kernelWidth {
          let x = ox * s.strideX + kx * s.dilationX - s.padLeft
          guard (0..<s.width).contains(x) else { continue }
          for pair in stride(from: firstChannel, to: firstChannel + s.inBlock, by: 2) {
            for c in [pair + 1, pair] where read.contains(c) {
              sum.addProduct(
                float.input[s.inputOffset(c, y, x)],
                ConvolutionFloat.weight(float.weights, s, n, c - read.lowerBound, ky, kx))
            }
          }
        }
      }
    }
    return sum
  }

  /// The same of pixels: pairs of the lanes of a row of taps.
  private func stemSum(_ n: Int, _ oy: Int, _ ox: Int) -> Float {
    let s = shape
    var sum = float.bias[n]
    for ky in 0..<s.kernelHeight {
      for pair in stride(from: 0, to: s.kernelWidth * s.channels, by: 2) {
        for lane in [pair + 1, pair] where lane < s.kernelWidth * s.channels {
          let (kx, c) = lane.quotientAndRemainder(dividingBy: s.channels)
          sum.addProduct(
            float.input[s.inputOffset(c, oy * s.strideY + ky * s.dilationY, ox * s.strideX + kx)],
            ConvolutionFloat.weight(float.weights, s, n, c, ky, kx))
        }
      }
    }
    return sum
  }
}
