/// How a camera was held, as EXIF's tag 0x0112 says: what must be done to the stored picture to set it upright.
package enum Orientation: UInt8, CaseIterable, Sendable {
  case upright = 1
  case mirrored = 2
  case rotatedHalf = 3
  case mirroredUpsideDown = 4
  case transposed = 5
  /// Turned a quarter clockwise to be upright, as most phones store a portrait.
  case rotatedClockwise = 6
  case transversed = 7
  case rotatedCounterclockwise = 8

  /// Whether width and height change places.
  package var swapsSides: Bool { rawValue >= 5 }
}

extension PixelBuffer {
  /// The picture's size once it is upright.
  func size(upright orientation: Orientation) -> (width: Int, height: Int) {
    orientation.swapsSides ? (height, width) : (width, height)
  }

  /// Writes row `y` of the upright picture to `target`: `size(upright:).width` pixels.
  func copyRow(_ y: Int, upright orientation: Orientation, to target: UnsafeMutablePointer<UInt8>) {
    let right = width - 1
    let bottom = height - 1
    let start: Int
    let step: Int
    switch orientation {
    case .upright: (start, step) = (y * width, 1)
    case .mirrored: (start, step) = (y * width + right, -1)
    case .rotatedHalf: (start, step) = ((bottom - y) * width + right, -1)
    case .mirroredUpsideDown: (start, step) = ((bottom - y) * width, 1)
    case .transposed: (start, step) = (y, width)
    case .rotatedClockwise: (start, step) = (bottom * width + y, -width)
    case .transversed: (start, step) = (bottom * width + right - y, -width)
    case .rotatedCounterclockwise: (start, step) = (right - y, width)
    }
    let source = storage.base
    let count = size(upright: orientation).width
    if channels == 1 {
      for x in 0..<count { target[x] = source[start + x * step] }
    } else {
      for x in 0..<count {
        let pixel = source + (start + x * step) * 3
        target[x * 3] = pixel[0]
        target[x * 3 + 1] = pixel[1]
        target[x * 3 + 2] = pixel[2]
      }
    }
  }

  /// The upright picture, as Pillow's `ImageOps.exif_transpose` gives it.
  ///
  /// - Throws: `ImageError.outOfMemory`.
  package func upright(_ orientation: Orientation) throws(ImageError) -> PixelBuffer {
    var result = PixelBuffer()
    let size = size(upright: orientation)
    try result.reshape(width: size.width, height: size.height, channels: channels)
    for y in 0..<size.height {
      copyRow(y, upright: orientation, to: result.storage.base + y * size.width * channels)
    }
    return result
  }
}
