import CHRNKernels

/// An int8 convolution with data: logical tensors drawn from the case's seed, packed in guarded memory.
final class ConvolutionInt8 {
  /// Narrow weights are at most 32 in magnitude, so that any four of them meet `is_narrow`; all of 32 are on its bound.
  /// Plain outputs are those of most networks: zeros are 0, and bounds those of a byte. Vast multipliers, a residual's where
  /// there is one, make plain outputs that no 32-bit integer holds.
  enum Values: CaseIterable {
    case random, plain, allZero, allGreatest, greatestTimesLeast, biasAtEdges, narrow, narrowGreatest, narrowLeast
    case vastMultipliers
  }

  let shape: ConvolutionCase
  let isNarrow: Bool
  let input: GuardedBuffer<UInt8>
  let weights: [Int8]
  let packed: GuardedBuffer<Int8>
  let bias: GuardedBuffer<Int32>
  let rowClass: GuardedBuffer<UInt8>, columnClass: GuardedBuffer<UInt8>
  let multiplier: GuardedBuffer<Float>
  let residual: GuardedBuffer<UInt8>
  let residualZero: Float, residualMultiplier: Float, outputZero: Float, low: Float, high: Float

  init(_ shape: ConvolutionCase, values: Values = .random, against side: GuardedBuffer<UInt8>.Side = .end) {
    var g = SeededGenerator(seed: shape.seed)
    self.shape = shape
    isNarrow = [.narrow, .narrowGreatest, .narrowLeast].contains(values)
    let taps = shape.kernelHeight * shape.kernelWidth * shape.depth
    let input = GuardedBuffer<UInt8>(count: shape.inputCount, against: side)
    input.fill {
      switch values {
      case .random, .plain, .biasAtEdges, .narrow, .vastMultipliers: UInt8.random(in: 0...255, using: &g)
      case .allZero: 0
      case .allGreatest, .greatestTimesLeast, .narrowGreatest, .narrowLeast: 255
      }
    }
    self.input = input
    let weights: [Int8] = (0..<shape.outputs * taps).map { _ in
      switch values {
      case .random, .plain, .biasAtEdges, .allZero, .vastMultipliers: Int8.random(in: -128...127, using: &g)
      case .allGreatest: 127
      case .greatestTimesLeast: -128
      case .narrow: Int8.random(in: -32...32, using: &g)
      case .narrowGreatest: 32
      case .narrowLeast: -32
      }
    }
    self.weights = weights
    packed = GuardedBuffer(
      shape.packed(kStep: 4) { n, c, ky, kx in Self.weight(weights, shape, n, c, ky, kx) },
      against: side == .end ? .end : .start)
    let span = Int32(clamping: taps * 255 * 128)
    let lanes = shape.lanes
    bias = GuardedBuffer(count: shape.borderClasses * shape.borderClasses * lanes)
    bias.fill {
      guard values == .biasAtEdges else { return Int32.random(in: -20_000...20_000, using: &g) }
      return Bool.random(using: &g) ? Int32.max - span : Int32.min + span
    }
    rowClass = GuardedBuffer((0..<shape.outHeight).map { shape.borderClass($0, of: shape.outHeight) })
    columnClass = GuardedBuffer((0..<shape.outWidth).map { shape.borderClass($0, of: shape.outWidth) })
    let spread = values == .biasAtEdges ? Float(Int32.max) : Float(taps).squareRoot() * 10_000
    let levels: Float = shape.isPooled ? 20_000 : 100
    multiplier = GuardedBuffer(count: lanes)
    let isVast = values == .vastMultipliers, isPlain = isVast || values == .plain
    multiplier.fill {
      guard !isVast else { return g.pick(shape.hasResidual ? [1e-3, 0.25] : [1e-3, 0.25, 1e6, 1e30]) }
      return Float.random(in: 0.2...1, using: &g) * levels / spread
    }
    residual = GuardedBuffer(count: shape.outputCount, against: side == .end ? .end : .start)
    residual.fill { UInt8.random(in: 0...255, using: &g) }
    residualZero = isPlain ? 0 : Float(g.int(in: 0...255))
    residualMultiplier = isVast && shape.hasResidual ? g.pick([1e8, 1e30]) : g.float(in: 0.1...1.5)
    outputZero = isPlain ? 0 : g.pick([0, 0, 17, 128, 255])
    low = isPlain ? 0 : g.pick([0, 0, 17, 3.5])
    high = shape.isPooled ? 65535 : isPlain ? 255 : g.pick([255, 255, 200, 99.5])
  }

  private static func weight(
    _ weights: [Int8], _ shape: ConvolutionCase, _ n: Int, _ c: Int, _ ky: Int, _ kx: Int
  ) -> Int8 {
    weights[((n * shape.depth + c) * shape.kernelHeight + ky) * shape.kernelWidth + kx]
  }

  typealias Result = (output: GuardedBuffer<UInt8>, sums: GuardedBuffer<Int32>)

  /// Runs one tier into fresh buffers, in one call or cut after some groups and some rows.
  func run(_ tier: Tier, groupCut: Int = 0, rowCut: Int = 0) -> Result {
    let kernels = tier.kernels.pointee
    let kernel = shape.isDepthwise ? kernels.depthwise2d_i8 : kernels.conv2d_i8
    return fill { arguments in
      for (g0, g1) in Self.cut(shape.groups, at: groupCut) {
        for (r0, r1) in Self.cut(shape.outHeight, at: rowCut) { kernel!(&arguments, g0, g1, r0, r1) }
      }
    }
  }

  /// The same by Winograd, in bands of rows, with input blocks and groups cut; nil where the tier has none. What the
  /// kernel is lent ends or begins at a guard page, and holds a pattern.
  func runWinograd(
    _ tier: Tier, bandRows: Int, blockCut: Int = 0, groupCut: Int = 0, against side: GuardedBuffer<UInt8>.Side = .end
  ) -> Result? {
    let kernels = tier.kernels.pointee
    guard let transformInput = kernels.winograd_input_i8, let winograd = kernels.winograd_i8 else { return nil }
    var shape = self.shape.shape
    let size = hrn_winograd_i8_bytes(&shape, Int32(bandRows))
    let v = GuardedBuffer<Int16>(count: Int(size.input) / 2, against: side == .end ? .end : .start)
    let scratch = GuardedBuffer<UInt8>(count: Int(size.scratch), against: side)
    return fill { arguments in
      for row in stride(from: 0, to: self.shape.outHeight, by: bandRows) {
        let r0 = Int32(row), r1 = Int32(min(row + bandRows, self.shape.outHeight))
        for (b0, b1) in Self.cut(self.shape.inBlocks, at: blockCut) {
          transformInput(&arguments, b0, b1, r0, r1, v.pointer)
        }
        for (g0, g1) in Self.cut(self.shape.groups, at: groupCut) {
          winograd(&arguments, g0, g1, r0, r1, v.pointer, scratch.pointer)
        }
      }
    }
  }

  /// `count` in one range or two.
  private static func cut(_ count: Int, at cut: Int) -> [(Int32, Int32)] {
    [(0, Int32(cut)), (Int32(cut), Int32(count))].filter { $0.0 < $0.1 }
  }

  /// Fresh buffers that `body` fills by calls with these arguments.
  private func fill(_ body: (inout hrn_conv2d_i8) -> Void) -> Result {
    let output = GuardedBuffer<UInt8>(count: shape.isPooled ? 0 : shape.outputCount)
    let sums = GuardedBuffer<Int32>(count: shape.isPooled ? shape.lanes : 0)
    output.fill { 0x5A }
    sums.fill { 0x5A5A_5A5A }
    let hasClasses = shape.borderClasses > 1
    var arguments = hrn_conv2d_i8(
      shape: shape.shape, input: input.pointer, weights: packed.pointer, bias: bias.pointer,
      column_classes: Int32(shape.borderClasses), row_class: hasClasses ? rowClass.pointer : nil,
      column_class: hasClasses ? columnClass.pointer : nil, multiplier: multiplier.pointer,
      residual: shape.hasResidual ? residual.pointer : nil, residual_zero: residualZero,
      residual_multiplier: residualMultiplier, output_zero: outputZero, low: low, high: high,
      output: output.pointer, pool_sums: shape.isPooled ? sums.pointer : nil, is_narrow: isNarrow ? 1 : 0)
    body(&arguments)
    return (output, sums)
  }

  /// The contract on logical tensors: value by value, with nothing shared with the kernels.
  func expectedValue(_ n: Int, _ oy: Int, _ ox: Int) -> Int {
    let s = shape
    let position = Int(s.borderClass(oy, of: s.outHeight)) * s.borderClasses + Int(s.borderClass(ox, of: s.outWidth))
    var sum = Int(bias[position * s.lanes + n])
    for (c, channel) in s.channels(of: n).enumerated() {
      for ky in 0..<s.kernelHeight {
        let y = oy * s.strideY + ky * s.dilationY - s.padTop
        guard (0..<s.height).contains(y) else { continue }
        for kx in 0..<s.kernelWidth {
          let x = ox * s.strideX + kx * s.dilationX - s.padLeft
          guard (0..<s.width).contains(x) else { continue }
          sum += Int(input[s.inputOffset(channel, y, x)]) * Int(Self.weight(weights, s, n, c, ky, kx))
        }
      }
    }
    var t = Float(Int32(sum)) * multiplier[n]
    if s.hasResidual {
      let scaled = (Float(residual[s.outputOffset(n, oy, ox)]) - residualZero) * residualMultiplier
      t = t + scaled
    }
    t = t + outputZero
    return Int(min(max(t, low), high).rounded(.toNearestOrEven))
  }
}
