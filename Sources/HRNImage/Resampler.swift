/// Which axis is resampled first. Each pass rounds to u8, so the two differ by a level here and there.
package enum ResampleOrder: Sendable {
  /// As Pillow 13 does: the vertical axis first where the height shrinks and loses more than twice as many pixels as the
  /// width (python-pillow/Pillow#9549), otherwise the horizontal one.
  case pillow13
  /// The horizontal axis always, as PIL and Pillow up to version 12 do.
  case horizontalFirst

  func isVerticalFirst(input: (width: Int, height: Int), output: (width: Int, height: Int)) -> Bool {
    self == .pillow13 && output.height < input.height
      && input.height - output.height > 2 * (input.width - output.width)
  }
}

/// Resizes a picture that arrives row by row, as Pillow's `Image.resize(size, BILINEAR)` does, bit for bit.
///
/// One axis is resampled to u8, then the other. Only the wanted window of the resized picture is computed, and only as
/// many rows are kept as one output row reads, so memory does not grow with the picture's height. A resampler may be
/// used again; its memory is kept.
struct Resampler: ~Copyable {
  private var horizontal = ResampleAxis()
  private var vertical = ResampleAxis()
  private var channels = 0
  private var isVerticalFirst = false
  /// The rows that output rows still read: input row r lies at r modulo `ringRows`. They are resampled horizontally
  /// already unless the vertical axis comes first.
  private var ring = PixelStorage()
  private var ringRows = 1
  /// Bytes in a row of the ring.
  private var ringRowBytes = 0
  /// Vertical first: one row, resampled vertically.
  private var row = PixelStorage()
  private var sums: [Int32] = []
  private var inputRow = 0
  private var outputRow = 0

  init() {}

  /// Prepares for a picture of `input` size whose resized form has `output` size and of which `x` and `y` are wanted.
  ///
  /// - Throws: `ImageError.outOfMemory`.
  mutating func begin(
    input: (width: Int, height: Int), output: (width: Int, height: Int), x: Range<Int>, y: Range<Int>, channels: Int,
    order: ResampleOrder
  ) throws(ImageError) {
    horizontal.prepare(input: input.width, output: output.width, window: x)
    vertical.prepare(input: input.height, output: output.height, window: y)
    self.channels = channels
    isVerticalFirst = order.isVerticalFirst(input: input, output: output)
    ringRowBytes = (isVerticalFirst ? input.width : x.count) * channels
    ringRows = max(vertical.largestCount, 1)
    try ring.reserve(ringRows * ringRowBytes)
    if isVerticalFirst { try row.reserve(ringRowBytes) }
    if sums.count < ringRowBytes { sums = [Int32](repeating: 0, count: ringRowBytes) }
    inputRow = 0
    outputRow = 0
  }

  /// Takes the next row of the picture and writes what rows of the window it completes, `stride` bytes apart; `target`
  /// is the window's first pixel. After the last row of the picture the window is whole.
  mutating func add(
    _ source: UnsafePointer<UInt8>, writing target: UnsafeMutablePointer<UInt8>, stride: Int
  ) {
    let index = inputRow
    inputRow += 1
    guard outputRow < vertical.window.count, index >= vertical.starts[outputRow], ringRowBytes > 0 else { return }
    let kept = ring.base + (index % ringRows) * ringRowBytes
    if isVerticalFirst {
      kept.update(from: source, count: ringRowBytes)
    } else {
      resampleHorizontally(source, into: kept)
    }
    while outputRow < vertical.window.count,
      vertical.starts[outputRow] + vertical.counts[outputRow] == index + 1
    {
      if isVerticalFirst {
        resampleVertically(outputRow, into: row.base)
        resampleHorizontally(row.base, into: target + outputRow * stride)
      } else {
        resampleVertically(outputRow, into: target + outputRow * stride)
      }
      outputRow += 1
    }
  }

  private func resampleHorizontally(_ source: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<UInt8>) {
    let outputCount = horizontal.window.count
    if horizontal.inputCount == horizontal.outputCount {
      target.update(from: source + horizontal.window.lowerBound * channels, count: outputCount * channels)
      return
    }
    let tapStride = horizontal.tapStride
    horizontal.weights.withUnsafeBufferPointer { weights in
      if channels == 1 {
        for x in 0..<outputCount {
          let start = horizontal.starts[x]
          var sum = ResampleAxis.half
          for tap in 0..<horizontal.counts[x] {
            sum &+= weights[x * tapStride + tap] &* Int32(truncatingIfNeeded: source[start + tap])
          }
          target[x] = Self.rounded(sum)
        }
      } else {
        for x in 0..<outputCount {
          var pixel = source + horizontal.starts[x] * 3
          var red = ResampleAxis.half
          var green = ResampleAxis.half
          var blue = ResampleAxis.half
          for tap in 0..<horizontal.counts[x] {
            let weight = weights[x * tapStride + tap]
            red &+= weight &* Int32(truncatingIfNeeded: pixel[0])
            green &+= weight &* Int32(truncatingIfNeeded: pixel[1])
            blue &+= weight &* Int32(truncatingIfNeeded: pixel[2])
            pixel += 3
          }
          target[x * 3] = Self.rounded(red)
          target[x * 3 + 1] = Self.rounded(green)
          target[x * 3 + 2] = Self.rounded(blue)
        }
      }
    }
  }

  private mutating func resampleVertically(_ output: Int, into target: UnsafeMutablePointer<UInt8>) {
    let start = vertical.starts[output]
    let count = vertical.counts[output]
    let byteCount = ringRowBytes
    let rows = ring.base
    let ringRows = ringRows
    if vertical.inputCount == vertical.outputCount {
      target.update(from: rows + (start % ringRows) * byteCount, count: byteCount)
      return
    }
    let firstWeight = output * vertical.tapStride
    sums.withUnsafeMutableBufferPointer { sums in
      for index in 0..<byteCount { sums[index] = ResampleAxis.half }
      for tap in 0..<count {
        let weight = vertical.weights[firstWeight + tap]
        let row = rows + ((start + tap) % ringRows) * byteCount
        for index in 0..<byteCount { sums[index] &+= weight &* Int32(truncatingIfNeeded: row[index]) }
      }
      for index in 0..<byteCount { target[index] = Self.rounded(sums[index]) }
    }
  }

  /// The sum's integer part, at most 255; the filter has no negative weights.
  @inline(__always)
  private static func rounded(_ sum: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: min(sum >> ResampleAxis.weightBits, 255))
  }
}

extension PixelBuffer {
  /// The picture in another size, as Pillow's `resize((width, height), BILINEAR)` gives it, bit for bit.
  ///
  /// - Throws: `ImageError.outOfMemory`.
  package func resized(
    width newWidth: Int, height newHeight: Int, order: ResampleOrder = .pillow13
  ) throws(ImageError) -> PixelBuffer {
    precondition(width > 0 && height > 0 && newWidth > 0 && newHeight > 0, "A picture to resize has pixels.")
    var resampler = Resampler()
    try resampler.begin(
      input: (width, height), output: (newWidth, newHeight), x: 0..<newWidth, y: 0..<newHeight, channels: channels,
      order: order)
    var result = PixelBuffer()
    try result.reshape(width: newWidth, height: newHeight, channels: channels)
    for y in 0..<height {
      resampler.add(
        storage.base + y * width * channels, writing: result.storage.base, stride: newWidth * channels)
    }
    return result
  }
}
