import CHRNJPEG

/// Bytes that may be refused: an allocation that reports that there is no memory, and that only ever grows.
struct PixelStorage: ~Copyable {
  private var allocated: UnsafeMutablePointer<UInt8>?
  private(set) var capacity = 0

  init() {}

  deinit { hrn_pixels_free(allocated) }

  /// The first byte, valid until the next `reserve`. Something must have been reserved.
  var base: UnsafeMutablePointer<UInt8> {
    guard let allocated else { preconditionFailure("Pixels are used before memory was reserved for them.") }
    return allocated
  }

  /// Makes room for at least `byteCount` bytes, at least one. What was stored is lost when the room grows.
  mutating func reserve(_ byteCount: Int) throws(ImageError) {
    if byteCount <= capacity, allocated != nil { return }
    hrn_pixels_free(allocated)
    allocated = nil
    capacity = 0
    guard let memory = hrn_pixels_allocate(max(byteCount, 1)) else { throw .outOfMemory(bytes: byteCount) }
    allocated = memory.assumingMemoryBound(to: UInt8.self)
    capacity = max(byteCount, 1)
  }
}

/// A picture in memory: u8 `[height][width][channels]`, 1 channel (grey) or 3, rows without padding.
package struct PixelBuffer: ~Copyable {
  package private(set) var width = 0
  package private(set) var height = 0
  /// 1 or 3; 0 while the buffer is new.
  package private(set) var channels = 0
  var storage = PixelStorage()

  /// A picture of no pixels.
  package init() {}

  /// A copy of `pixels`, which are `height` · `width` · `channels` bytes.
  ///
  /// - Throws: `ImageError.outOfMemory`.
  package init(width: Int, height: Int, channels: Int, pixels: Span<UInt8>) throws(ImageError) {
    precondition(pixels.count == width * height * channels, "The number of pixels contradicts the picture's size.")
    try reshape(width: width, height: height, channels: channels)
    let target = storage.base
    for index in 0..<pixels.count { target[index] = pixels[index] }
  }

  /// The number of bytes: height · width · channels.
  package var byteCount: Int { width * height * channels }

  /// Gives the picture another size and undefined pixels; memory is kept and grows where needed.
  ///
  /// - Throws: `ImageError.outOfMemory`.
  mutating func reshape(width: Int, height: Int, channels: Int) throws(ImageError) {
    precondition(width >= 0 && height >= 0 && (channels == 1 || channels == 3), "A picture has 1 or 3 channels.")
    self.width = 0
    self.height = 0
    try storage.reserve(width * height * channels)
    self.width = width
    self.height = height
    self.channels = channels
  }

  /// Calls `body` with all bytes, row by row.
  package func withPixels<Result: ~Copyable, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard byteCount > 0 else { return try body(Span()) }
    return try body(UnsafeBufferPointer(start: storage.base, count: byteCount).span)
  }

  /// Sets the rectangle to `color`, one value per channel; what lies outside of the picture is left out.
  mutating func fill(x: Range<Int>, y: Range<Int>, color: [UInt8]) {
    precondition(color.count == channels, "A color has one value per channel.")
    let columns = x.clamped(to: 0..<width)
    let target = storage.base
    for row in y.clamped(to: 0..<height) {
      for column in columns {
        for channel in 0..<channels { target[(row * width + column) * channels + channel] = color[channel] }
      }
    }
  }

  /// Exchanges the first and the third channel inside the rectangle: RGB ↔ BGR.
  mutating func swapRedAndBlue(x: Range<Int>, y: Range<Int>) {
    guard channels == 3 else { return }
    let target = storage.base
    for row in y.clamped(to: 0..<height) {
      for column in x.clamped(to: 0..<width) {
        let pixel = target + (row * width + column) * 3
        let red = pixel[0]
        pixel[0] = pixel[2]
        pixel[2] = red
      }
    }
  }
}
