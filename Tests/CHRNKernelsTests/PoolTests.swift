import CHRNKernels
import Testing

/// A pooling window over a blocked tensor.
struct PoolCase: CustomStringConvertible {
  var blocks, block, height, width, kernel, stride, pad, rowGap: Int

  var outHeight: Int { (height + 2 * pad - kernel) / stride + 1 }
  var outWidth: Int { (width + 2 * pad - kernel) / stride + 1 }
  var inRowStride: Int { width * block + rowGap }
  var outRowStride: Int { outWidth * block + rowGap }
  var inputCount: Int { blocks * height * inRowStride - rowGap }
  var outputCount: Int { blocks * outHeight * outRowStride - rowGap }

  func inputOffset(_ b: Int, _ y: Int, _ x: Int) -> Int { (b * height + y) * inRowStride + x * block }
  func outputOffset(_ b: Int, _ y: Int, _ x: Int) -> Int { (b * outHeight + y) * outRowStride + x * block }

  /// Input positions under the window of (oy, ox), in row-major order.
  func window(_ oy: Int, _ ox: Int) -> [(y: Int, x: Int)] {
    let rows = (oy * stride - pad)..<(oy * stride - pad + kernel)
    let columns = (ox * stride - pad)..<(ox * stride - pad + kernel)
    return rows.clamped(to: 0..<height).flatMap { y in columns.clamped(to: 0..<width).map { (y, $0) } }
  }

  var shape: hrn_pool2d_shape {
    hrn_pool2d_shape(
      blocks: Int32(blocks), block: Int32(block), in_height: Int32(height), in_width: Int32(width),
      in_row_stride: Int64(inRowStride), in_block_stride: Int64(height * inRowStride), kernel_height: Int32(kernel),
      kernel_width: Int32(kernel), stride_y: Int32(stride), stride_x: Int32(stride), pad_top: Int32(pad),
      pad_left: Int32(pad), out_height: Int32(outHeight), out_width: Int32(outWidth),
      out_row_stride: Int64(outRowStride), out_block_stride: Int64(outHeight * outRowStride))
  }

  var description: String {
    "\(blocks) blocks of \(block), \(height)x\(width), kernel \(kernel), stride \(stride), pad \(pad), gap \(rowGap)"
  }
}

@Suite struct PoolTests {
  static let cases: [PoolCase] = [16, 32, 48, 64].flatMap { block in
    [(1, 1, 1, 1, 0), (5, 7, 2, 2, 0), (7, 7, 3, 2, 1), (8, 6, 3, 1, 1), (14, 3, 3, 3, 1), (9, 9, 5, 2, 2)].map {
      PoolCase(
        blocks: 1 + block % 3, block: block, height: $0.0, width: $0.1, kernel: $0.2, stride: $0.3, pad: $0.4,
        rowGap: block == 32 ? 32 : 0)
    }
  }

  @Test(arguments: cases)
  func greatestOfTheTapsInside(_ pool: PoolCase) {
    var g = SeededGenerator(seed: 7)
    let bytes = guarded(pool.inputCount) { UInt8.random(in: 0...255, using: &g) }
    let floats = guarded(pool.inputCount) { Float.random(in: -1...1, using: &g) }
    var shape = pool.shape
    let byteOutput = checkKernel(pool.outputCount, initial: 0x5A as UInt8) { kernels, y in
      kernels.max_pool_u8(&shape, bytes.pointer, y, 0, 1)
      kernels.max_pool_u8(&shape, bytes.pointer, y, 1, Int32(pool.blocks))
    }
    let floatOutput = checkKernel(pool.outputCount, initial: -7 as Float) { kernels, y in
      kernels.max_pool_f32(&shape, floats.pointer, y, 0, Int32(pool.blocks))
    }
    expectEverywhere(pool) { at, taps in
      byteOutput[at] == taps.map { bytes[$0] }.max() && floatOutput[at] == taps.map { floats[$0] }.max()
    }
  }

  @Test(arguments: cases)
  func meansOfTheTapsInside(_ pool: PoolCase) {
    var g = SeededGenerator(seed: 9)
    let bytes = guarded(pool.inputCount) { g.pick([0, 255, UInt8.random(in: 0...255, using: &g)]) }
    let floats = guarded(pool.inputCount) { Float.random(in: -1...1, using: &g) }
    var shape = pool.shape
    let (zero, multiplier, outputZero) = (Int32.random(in: 0...255, using: &g), g.float(in: 0.3...2), Float(31))
    let byteOutput = checkKernel(pool.outputCount, initial: 0x5A as UInt8) { kernels, y in
      kernels.average_pool_u8(&shape, bytes.pointer, zero, multiplier, y, outputZero, 0, 1)
      kernels.average_pool_u8(&shape, bytes.pointer, zero, multiplier, y, outputZero, 1, Int32(pool.blocks))
    }
    let floatOutput = checkKernel(pool.outputCount, initial: -7 as Float) { kernels, y in
      kernels.average_pool_f32(&shape, floats.pointer, y, 0, Int32(pool.blocks))
    }
    expectEverywhere(pool) { at, taps in
      let mean = Float(taps.reduce(0) { $0 + Int32(bytes[$1]) - zero }) * (multiplier / Float(taps.count)) + outputZero
      let byte = UInt8(min(max(mean, 0), 255).rounded(.toNearestOrEven))
      return byteOutput[at] == byte && floatOutput[at] == taps.reduce(0) { $0 + floats[$1] } * (1 / Float(taps.count))
    }
  }

  @Test(arguments: cases)
  func sumsOverAllPositions(_ pool: PoolCase) {
    var g = SeededGenerator(seed: 8)
    let bytes = guarded(pool.inputCount) { UInt8.random(in: 0...255, using: &g) }
    let floats = guarded(pool.inputCount) { Float.random(in: -1...1, using: &g) }
    var shape = pool.shape
    let byteSums = checkKernel(pool.blocks * pool.block, initial: 9 as Int32) { kernels, sums in
      kernels.sum_pool_u8(&shape, bytes.pointer, sums, 0, 1)
      kernels.sum_pool_u8(&shape, bytes.pointer, sums, 1, Int32(pool.blocks))
    }
    let floatSums = checkKernel(pool.blocks * pool.block, initial: 9 as Float) { kernels, sums in
      kernels.sum_pool_f32(&shape, floats.pointer, sums, 0, Int32(pool.blocks))
    }
    for b in 0..<pool.blocks {
      for lane in 0..<pool.block {
        var byteSum = 0, floatSum: Float = 0
        for y in 0..<pool.height {
          for x in 0..<pool.width {
            byteSum += Int(bytes[pool.inputOffset(b, y, x) + lane])
            floatSum += floats[pool.inputOffset(b, y, x) + lane]
          }
        }
        #expect(Int(byteSums[b * pool.block + lane]) == byteSum)
        #expect(floatSums[b * pool.block + lane] == floatSum)
      }
    }
  }

  /// Asks about every element of the output, given its offset and those of the inputs under its window; reports the
  /// first that is not right.
  private func expectEverywhere(_ pool: PoolCase, _ isRight: (_ at: Int, _ taps: [Int]) -> Bool) {
    for b in 0..<pool.blocks {
      for oy in 0..<pool.outHeight {
        for ox in 0..<pool.outWidth {
          let window = pool.window(oy, ox)
          for lane in 0..<pool.block {
            let taps = window.map { pool.inputOffset(b, $0.y, $0.x) + lane }
            guard isRight(pool.outputOffset(b, oy, ox) + lane, taps) else {
              Issue.record("block \(b), [\(oy), \(ox)], lane \(lane)")
              return
            }
          }
        }
      }
    }
  }
}
