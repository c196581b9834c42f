import CHRNKernels
import HRNFormat

/// Brings an image into the arena, as the first convolution reads it.
struct ImageInput {
  private let format: ImageFormat
  private let memory: UnsafeMutableRawPointer
  private let kernels: UnsafePointer<hrn_kernels>
  /// Of a bfloat16 picture.
  private let numbers: PictureNumbers?

  init(
    _ format: ImageFormat, _ quantization: Quantization?, arena: UnsafeMutableRawPointer,
    kernels: UnsafePointer<hrn_kernels>
  ) {
    self.format = format
    memory = arena + format.region.offset
    self.kernels = kernels
    numbers = format.elementType == .bfloat16 ? quantization.map { PictureNumbers(format, $0, kernels) } : nil
  }

  /// Puts pixels `[H, W, C]` there.
  func set(pixels: UnsafeBufferPointer<UInt8>) throws(InputError) {
    guard pixels.count == format.count else { throw .count(found: pixels.count, expected: format.count) }
    let (height, width) = (Int32(format.height), Int32(format.width))
    let (channels, border) = (Int32(format.channels), Int32(format.border))
    let pitch = Int64(format.rowPitch)
    if format.elementType == .uint8 {
      kernels.pointee.pad_pixels_u8(
        pixels.baseAddress, height, width, channels, border, pitch, memory.assumingMemoryBound(to: UInt8.self))
      return
    }
    guard let normalization = format.normalization else { throw .noRecipe }
    if let numbers {
      kernels.pointee.pad_pixels_bf16(
        pixels.baseAddress, height, width, channels, border, pitch, numbers.table, numbers.zeros,
        memory.assumingMemoryBound(to: UInt16.self))
      return
    }
    normalization.mean.withUnsafeBufferPointer { mean in
      normalization.std.withUnsafeBufferPointer { std in
        kernels.pointee.pad_pixels_f32(
          pixels.baseAddress, height, width, channels, border, pitch, normalization.scale, mean.baseAddress,
          std.baseAddress, memory.assumingMemoryBound(to: Float.self))
      }
    }
  }

  /// Puts normalised values `[C, H, W]` there; how many of them an int8 model reads as other numbers.
  func set(values: UnsafeBufferPointer<Float>) throws(InputError) -> Int {
    guard values.count == format.count else { throw .count(found: values.count, expected: format.count) }
    memory.initializeMemory(
      as: UInt8.self, repeating: 0,
      count: (format.height + 2 * format.border) * format.rowPitch * format.elementType.byteCount)
    if numbers != nil { setBorder() }
    var changed = 0
    for y in 0..<format.height {
      let row = (y + format.border) * format.rowPitch + format.border * format.channels
      for x in 0..<format.width {
        for channel in 0..<format.channels {
          let value = values[(channel * format.height + y) * format.width + x]
          if !store(value, channel, at: row + x * format.channels + channel) { changed += 1 }
        }
      }
    }
    return changed
  }

  /// Makes all of a bfloat16 picture what its border is.
  private func setBorder() {
    for y in 0..<format.height + 2 * format.border {
      for x in 0..<format.width + 2 * format.border {
        for channel in 0..<format.channels {
          _ = store(0, channel, at: y * format.rowPitch + x * format.channels + channel)
        }
      }
    }
  }

  /// Stores a normalised value; whether it is still the same number, but for a thousandth of a pixel's step. In floats, of
  /// either width, it is.
  private func store(_ value: Float, _ channel: Int, at place: Int) -> Bool {
    if let numbers {
      numbers.store(value, channel, memory.assumingMemoryBound(to: UInt16.self) + place)
      return true
    }
    guard format.elementType == .uint8, let normalization = format.normalization else {
      memory.storeBytes(of: value, toByteOffset: 4 * place, as: Float.self)
      return true
    }
    let pixel = (value * normalization.std[channel] + normalization.mean[channel]) / normalization.scale
    let stored = nearestByte(pixel)
    memory.storeBytes(of: stored, toByteOffset: place, as: UInt8.self)
    return abs(pixel - Float(stored)) <= 1e-3
  }
}

/// What a bfloat16 picture holds for a number x of a channel, `bf16(x / scale + zero)`: of its border, and where a recipe
/// says which number a pixel is, of each pixel.
private final class PictureNumbers {
  private let quantization: Quantization
  private let kernels: UnsafePointer<hrn_kernels>
  /// `[channels][256]`.
  let table: UnsafeMutablePointer<UInt16>
  let zeros: UnsafeMutablePointer<UInt16>

  init(_ format: ImageFormat, _ quantization: Quantization, _ kernels: UnsafePointer<hrn_kernels>) {
    self.quantization = quantization
    self.kernels = kernels
    table = .allocate(capacity: 256 * format.channels)
    zeros = .allocate(capacity: format.channels)
    for channel in 0..<format.channels {
      store(0, channel, zeros + channel)
      guard let normalization = format.normalization else { continue }
      for pixel in 0..<256 {
        let scaled = Float(pixel) * normalization.scale
        let x = (scaled - normalization.mean[channel]) / normalization.std[channel]
        store(x, channel, table + (256 * channel + pixel))
      }
    }
  }

  func store(_ x: Float, _ channel: Int, _ place: UnsafeMutablePointer<UInt16>) {
    var number = x / quantization.scale[channel] + quantization.zeroPoint[channel]
    kernels.pointee.bf16_of_f32(&number, place, 1)
  }

  deinit {
    table.deallocate()
    zeros.deallocate()
  }
}

/// x rounded half to even and held to 0 ... 255; 0 for what is not a number.
private func nearestByte(_ x: Float) -> UInt8 {
  guard x > 0 else { return 0 }
  return x >= 255 ? 255 : UInt8(x.rounded(.toNearestOrEven))
}
