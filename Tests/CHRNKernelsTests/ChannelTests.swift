import CHRNKernels
import Foundation
import Testing

@Suite struct ChannelTests {
  private static func blocked(_ block: Int, _ height: Int, _ width: Int) -> hrn_channels {
    hrn_channels(
      block: Int32(block), block_stride: Int64(height * width * block), row_stride: Int64(width * block),
      pixel_stride: Int64(block))
  }

  private static func index(_ l: hrn_channels, _ c: Int, _ y: Int, _ x: Int) -> Int {
    let block = Int(l.block)
    return c / block * Int(l.block_stride) + y * Int(l.row_stride) + x * Int(l.pixel_stride) + c % block
  }

  @Test(arguments: [(16, 16, 0, 0, 16), (16, 16, 3, 7, 20), (32, 16, 5, 0, 40), (64, 1, 1, 0, 33), (3, 16, 0, 13, 3)])
  func copiesChannelsFromLayoutToLayout(_ from: Int, _ to: Int, _ first: Int, _ begin: Int, _ count: Int) {
    var g = SeededGenerator(seed: UInt64(from * 64 + count))
    let (height, width) = (3, 5)
    func rounded(_ n: Int, _ block: Int) -> Int { (n + block - 1) / block * block }
    let (inLayout, outLayout) = (Self.blocked(from, height, width), Self.blocked(to, height, width))
    let x = guarded(rounded(first + count, from) * height * width) { UInt8.random(in: 0...255, using: &g) }
    let floats = GuardedBuffer(x.elements.map { Float($0) })
    let table = guarded(256) { UInt8.random(in: 0...255, using: &g) }
    let total = rounded(begin + count, to) * height * width
    var shape = hrn_channel_copy(
      channels: Int32(count), height: Int32(height), width: Int32(width), in_first: Int32(first),
      out_first: Int32(begin), in: inLayout, out: outLayout)
    let bytes = checkKernel(total, initial: 7 as UInt8) { $0.copy_channels_u8(&shape, x.pointer, nil, $1) }
    let looked = checkKernel(total, initial: 7 as UInt8) { $0.copy_channels_u8(&shape, x.pointer, table.pointer, $1) }
    let copied = checkKernel(total, initial: 7 as Float) { $0.copy_channels_f32(&shape, floats.pointer, $1) }
    let halves = GuardedBuffer(x.elements.map { UInt16($0) })
    let moved = checkKernel(total, initial: 7 as UInt16) { $0.copy_channels_bf16(&shape, halves.pointer, $1) }
    let emptied = checkKernel(total, initial: 7 as UInt16) { $0.copy_channels_bf16(&shape, nil, $1) }
    let cleared = checkKernel(total, initial: 7 as Float) { $0.copy_channels_f32(&shape, nil, $1) }
    var expected = [UInt8](repeating: 7, count: total)
    var isWritten = [Bool](repeating: false, count: total)
    for c in 0..<count {
      for y in 0..<height {
        for column in 0..<width {
          let target = Self.index(outLayout, begin + c, y, column)
          expected[target] = x[Self.index(inLayout, first + c, y, column)]
          isWritten[target] = true
        }
      }
    }
    for i in 0..<total {
      #expect(bytes[i] == expected[i] && copied[i] == Float(expected[i]) && moved[i] == UInt16(expected[i]))
      #expect(emptied[i] == (isWritten[i] ? 0 : 7))
      #expect(looked[i] == (isWritten[i] ? table[Int(expected[i])] : 7) && cleared[i] == (isWritten[i] ? 0 : 7))
    }
  }

  @Test(arguments: oddLengths) func looksUp(_ n: Int) {
    var g = SeededGenerator(seed: UInt64(n))
    let x = guarded(n) { UInt8.random(in: 0...255, using: &g) }
    let table = guarded(256) { UInt8.random(in: 0...255, using: &g) }
    let y = checkKernel(n, initial: 9 as UInt8) { $0.lookup_u8(x.pointer, table.pointer, $1, Int64(n)) }
    let inPlace = checkKernel(n, initial: 9 as UInt8) { $0.lookup_u8($1, table.pointer, $1, Int64(n)) }
    for i in 0..<n { #expect(y[i] == table[Int(x[i])] && inPlace[i] == table[9]) }
  }

  @Test(arguments: [(1, 1), (16, 5), (32, 3), (7, 1), (64, 2)]) func scalesAndShifts(_ lanes: Int, _ positions: Int) {
    var g = SeededGenerator(seed: UInt64(lanes))
    let n = lanes * positions
    let x = guarded(n) { Float.random(in: -9...9, using: &g) }
    let bytes = guarded(n) { UInt8.random(in: 0...255, using: &g) }
    let scale = guarded(lanes) { Float.random(in: -2...2, using: &g) }
    let shift = guarded(lanes) { Float.random(in: -40...200, using: &g) }
    let y = checkKernel(n, initial: 1 as Float) {
      $0.scale_shift_f32(x.pointer, scale.pointer, shift.pointer, $1, Int32(lanes), Int64(positions))
    }
    let q = checkKernel(n, initial: 1 as UInt8) {
      $0.scale_shift_u8(bytes.pointer, scale.pointer, shift.pointer, 3, 250, $1, Int32(lanes), Int64(positions))
    }
    for i in 0..<n {
      let (real, stored) = (x[i] * scale[i % lanes], Float(bytes[i]) * scale[i % lanes])
      #expect(y[i] == real + shift[i % lanes])
      #expect(q[i] == UInt8(min(max(stored + shift[i % lanes], 3), 250).rounded(.toNearestOrEven)))
    }
  }

  /// In double but for the last rounding: within 0.51 ulp.
  @Test(arguments: [(1, 1), (5, 3), (20, 5), (33, 4), (16, 100)]) func normalizesByNeighbours(
    _ channels: Int, _ size: Int
  ) {
    var g = SeededGenerator(seed: UInt64(channels))
    let (height, width) = (2, 3)
    let layout = Self.blocked(16, height, width)
    let n = (channels + 15) / 16 * 16 * height * width
    let x = guarded(n) { g.pick([0, 1e-20, 1e15, g.float(in: -9...9)]) }
    for (alpha, beta, bias) in [(1e-4, 0.75, 1), (2, 0.5, 2), (1e3, 3, 1e-3)] as [(Float, Float, Float)] {
      let y = checkKernel(n, initial: -1 as Float) {
        $0.local_response_norm_f32(
          x.pointer, Int32(channels), Int32(height), Int32(width), layout, Int32(size), alpha, beta, bias, $1)
      }
      for c in 0..<channels {
        for position in 0..<height * width {
          let at = { (c: Int) in Self.index(layout, c, position / width, position % width) }
          var energy = 0.0
          for i in max(0, c - (size - 1) / 2)..<min(channels, c + size / 2 + 1) {
            energy += Double(x[at(i)]) * Double(x[at(i)])
          }
          let expected = Double(x[at(c)]) / pow(Double(bias) + Double(alpha) / Double(size) * energy, Double(beta))
          let ulp = Double(max(abs(Float(expected)), .leastNormalMagnitude).ulp)
          #expect(abs(Double(y[at(c)]) - expected) <= 0.51 * ulp, "channel \(c) of \(channels), size \(size)")
        }
      }
    }
  }

  @Test func constrainsTreesBothWaysInPlaceAndNot() {
    let parents = GuardedBuffer<Int32>([-1, -1, 0, 0, 2, 4, 1])
    let x = GuardedBuffer<Float>([0.25, 0.5, 0.125, 0.375, 0.75, 0.5, 0.625])
    let up = checkKernel(7, initial: 0 as Float) { $0.tree_max_f32(x.pointer, parents.pointer, $1, 7) }
    let down = checkKernel(7, initial: 0 as Float) { $0.tree_min_f32(x.pointer, parents.pointer, $1, 7) }
    #expect(up.elements == [0.75, 0.625, 0.75, 0.375, 0.75, 0.5, 0.625])
    #expect(down.elements == [0.25, 0.5, 0.125, 0.25, 0.125, 0.125, 0.5])
    let inPlace = checkKernel(7, initial: 3 as Float) { kernels, y in
      for i in 0..<7 { y[i] = x[i] }
      kernels.tree_max_f32(y, parents.pointer, y, 7)
      kernels.tree_min_f32(y, parents.pointer, y, 7)
    }
    #expect(inPlace.elements == [0.75, 0.625, 0.75, 0.375, 0.75, 0.5, 0.625])
  }

  @Test func givesPixelsTheirValues() {
    var g = SeededGenerator(seed: 5)
    let (height, width, pitch) = (2, 3, 16)
    let x = guarded(pitch + width * 3) { UInt8.random(in: 0...255, using: &g) }
    let (zero, scale) = (GuardedBuffer<Float>([127.5, 100, 3]), GuardedBuffer<Float>([0.01, 0.02, 0.5]))
    let layout = Self.blocked(16, height, width)
    let y = checkKernel(16 * height * width, initial: 2 as Float) {
      $0.dequantize_pixels_u8(
        x.pointer, Int32(height), Int32(width), 3, Int64(pitch), zero.pointer, scale.pointer, layout, $1)
    }
    for c in 0..<16 {
      for row in 0..<height {
        for column in 0..<width {
          let found = y[Self.index(layout, c, row, column)]
          #expect(found == (c < 3 ? (Float(x[row * pitch + column * 3 + c]) - zero[c]) * scale[c] : 2))
        }
      }
    }
  }
}
