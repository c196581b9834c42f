import CHRNKernels
import Testing

@Suite struct ElementwiseTests {
  private static func quantized(_ t: Float, _ low: Float, _ high: Float) -> UInt8 {
    UInt8(min(max(t, low), high).rounded(.toNearestOrEven))
  }

  @Test(arguments: oddLengths)
  func addsFloats(_ n: Int) {
    var g = SeededGenerator(seed: UInt64(n))
    let a = guarded(n) { Float.random(in: -9...9, using: &g) }
    let b = guarded(n) { Float.random(in: -9...9, using: &g) }
    let y = checkKernel(n, initial: 0.25 as Float) { $0.add_f32(a.pointer, b.pointer, $1, Int64(n)) }
    let inPlace = checkKernel(n, initial: 0.25 as Float) { $0.add_f32($1, b.pointer, $1, Int64(n)) }
    let doubled = checkKernel(n, initial: 0.25 as Float) { $0.add_f32($1, $1, $1, Int64(n)) }
    for i in 0..<n { #expect(y[i] == a[i] + b[i] && inPlace[i] == 0.25 + b[i] && doubled[i] == 0.5) }
  }

  @Test(arguments: oddLengths)
  func addsQuantized(_ n: Int) {
    var g = SeededGenerator(seed: UInt64(n))
    let a = guarded(n) { UInt8.random(in: 0...255, using: &g) }
    let b = guarded(n) { UInt8.random(in: 0...255, using: &g) }
    let y = checkKernel(n, initial: 3 as UInt8) { kernels, y in
      kernels.add_u8(a.pointer, 12, 0.7, b.pointer, 128, 0.43, y, 17, 5, 250, Int64(n))
    }
    let inPlace = checkKernel(n, initial: 3 as UInt8) { kernels, y in
      kernels.add_u8(y, 12, 0.7, b.pointer, 128, 0.43, y, 17, 5, 250, Int64(n))
    }
    for i in 0..<n {
      func sum(_ a: UInt8) -> Float {
        let scaledA = (Float(a) - 12) * 0.7, scaledB = (Float(b[i]) - 128) * 0.43
        return (scaledA + scaledB) + 17
      }
      #expect(y[i] == Self.quantized(sum(a[i]), 5, 250) && inPlace[i] == Self.quantized(sum(3), 5, 250))
    }
  }

  @Test(arguments: oddLengths)
  func quantizesHalvesToEven(_ n: Int) {
    var g = SeededGenerator(seed: UInt64(n))
    let x = guarded(n) { g.bool() ? Float(g.int(in: -40...600)) / 2 : g.float(in: -1e9...1e9) }
    let y = checkKernel(n, initial: 9 as UInt8) { $0.quantize_u8(x.pointer, 1, 0, 0, 255, $1, Int64(n)) }
    for i in 0..<n { #expect(y[i] == Self.quantized(x[i], 0, 255)) }
    let scaled = checkKernel(n, initial: 9 as UInt8) { $0.quantize_u8(x.pointer, 0.37, 128, 3, 200, $1, Int64(n)) }
    for i in 0..<n {
      let product = x[i] * 0.37
      #expect(scaled[i] == Self.quantized(product + 128, 3, 200))
    }
  }

  @Test(arguments: oddLengths)
  func dequantizes(_ n: Int) {
    var g = SeededGenerator(seed: UInt64(n))
    let x = guarded(n) { UInt8.random(in: 0...255, using: &g) }
    let bytes = checkKernel(n, initial: 0 as Float) { $0.dequantize_u8(x.pointer, 128, 0.013, $1, Int64(n)) }
    for i in 0..<n { #expect(bytes[i] == (Float(x[i]) - 128) * 0.013) }
    let acc = guarded(n) { Int32(truncatingIfNeeded: g.next()) }
    let multiplier = guarded(n) { Float.random(in: 0...1e-6, using: &g) }
    let addend = guarded(n) { Float.random(in: -1...1, using: &g) }
    let plain = checkKernel(n, initial: 0 as Float) {
      $0.dequantize_i32(acc.pointer, multiplier.pointer, nil, $1, Int64(n))
    }
    let added = checkKernel(n, initial: 0 as Float) {
      $0.dequantize_i32(acc.pointer, multiplier.pointer, addend.pointer, $1, Int64(n))
    }
    let accumulated = checkKernel(n, initial: 2 as Float) {
      $0.dequantize_i32(acc.pointer, multiplier.pointer, $1, $1, Int64(n))
    }
    for i in 0..<n {
      let product = Float(acc[i]) * multiplier[i]
      #expect(plain[i] == product && added[i] == product + addend[i] && accumulated[i] == product + 2)
    }
  }

  @Test(arguments: oddLengths)
  func clamps(_ n: Int) {
    var g = SeededGenerator(seed: UInt64(n))
    let x = guarded(n) { g.pick([-0.0, 0, .infinity, -.infinity, g.float(in: -9...9)]) }
    let relu = checkKernel(n, initial: 1 as Float) { $0.clamp_f32(x.pointer, 0, .infinity, $1, Int64(n)) }
    let inPlace = checkKernel(n, initial: 7 as Float) { $0.clamp_f32($1, 0, 6, $1, Int64(n)) }
    for i in 0..<n {
      #expect(relu[i] == max(x[i], 0) && relu[i].sign == .plus && inPlace[i] == 6)
    }
  }

  @Test(arguments: oddLengths)
  func appliesHardAndLeakyActivations(_ n: Int) {
    var g = SeededGenerator(seed: UInt64(n))
    let x = guarded(n) { g.pick([-0.0, 0, 3, -3, 1e30, -1e30, g.float(in: -5...5)]) }
    let leaky = checkKernel(n, initial: 1 as Float) { $0.leaky_relu_f32(x.pointer, 0.1, $1, Int64(n)) }
    let sigmoid = checkKernel(n, initial: 1 as Float) { $0.hard_sigmoid_f32(x.pointer, 0.2, 0.5, $1, Int64(n)) }
    let swish = checkKernel(n, initial: 1 as Float) { $0.hard_swish_f32(x.pointer, $1, Int64(n)) }
    let inPlace = checkKernel(n, initial: -2 as Float) { kernels, y in
      kernels.leaky_relu_f32(y, 0.25, y, Int64(n))
      kernels.hard_sigmoid_f32(y, 0.5, 1, y, Int64(n))
      kernels.hard_swish_f32(y, y, Int64(n))
    }
    let sixth = 1 / 6 as Float
    for i in 0..<n {
      #expect(leaky[i] == (x[i] > 0 ? x[i] : 0.1 * x[i]))
      let (slope, ramp) = (x[i] * 0.2, x[i] * sixth)
      #expect(sigmoid[i] == min(max(slope + 0.5, 0), 1))
      #expect(swish[i] == x[i] * min(max(ramp + 0.5, 0), 1))
      let gate = 0.75 as Float
      let last = gate * sixth
      #expect(inPlace[i] == gate * (last + 0.5))
    }
  }

  @Test(arguments: [(1, 1, 1, 0), (3, 5, 3, 3), (8, 8, 1, 2), (7, 9, 4, 1), (2, 31, 3, 4)])
  func padsPixelsWithZeros(_ height: Int, _ width: Int, _ channels: Int, _ border: Int) {
    var g = SeededGenerator(seed: 5)
    let image = guarded(height * width * channels) { UInt8.random(in: 0...255, using: &g) }
    let pitch = (width + 2 * border) * channels + 5
    let count = (height + 2 * border) * pitch
    let mean = guarded(channels) { Float.random(in: 0.3...0.6, using: &g) }
    let std = guarded(channels) { Float.random(in: 0.2...0.3, using: &g) }
    let bytes = checkKernel(count, initial: 1 as UInt8) { kernels, y in
      kernels.pad_pixels_u8(
        image.pointer, Int32(height), Int32(width), Int32(channels), Int32(border), Int64(pitch), y)
    }
    let floats = checkKernel(count, initial: 1 as Float) { kernels, y in
      kernels.pad_pixels_f32(
        image.pointer, Int32(height), Int32(width), Int32(channels), Int32(border), Int64(pitch), 1 / 255,
        mean.pointer, std.pointer, y)
    }
    let numbers = guarded(256 * channels) { UInt16.random(in: 0...UInt16.max, using: &g) }
    let zeros = guarded(channels) { UInt16.random(in: 0...UInt16.max, using: &g) }
    let halves = checkKernel(count, initial: 1 as UInt16) { kernels, y in
      kernels.pad_pixels_bf16(
        image.pointer, Int32(height), Int32(width), Int32(channels), Int32(border), Int64(pitch), numbers.pointer,
        zeros.pointer, y)
    }
    for row in 0..<height + 2 * border {
      for column in 0..<pitch {
        let y = row - border, x = column / channels - border, channel = column % channels
        let isInside = (0..<height).contains(y) && (0..<width).contains(x)
        let byte = isInside ? image[(y * width + x) * channels + channel] : 0
        let scaled = Float(byte) * (1 / 255 as Float)
        #expect(bytes[row * pitch + column] == byte)
        #expect(floats[row * pitch + column] == (isInside ? (scaled - mean[channel]) / std[channel] : 0))
        let half = isInside ? numbers[256 * channel + Int(byte)] : zeros[channel]
        #expect(halves[row * pitch + column] == (column < (width + 2 * border) * channels ? half : 0))
      }
    }
  }
}
