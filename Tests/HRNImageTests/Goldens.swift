import Foundation
import Testing

@testable import HRNImage

/// The committed cases of make-goldens.py, and what is needed to compare with them.
enum Goldens {
  /// A file of Resources.
  static func bytes(_ file: String) throws -> [UInt8] {
    let folder = try #require(Bundle.module.url(forResource: "Resources", withExtension: nil))
    return [UInt8](try Data(contentsOf: folder.appendingPathComponent(file)))
  }

  static func jpeg(_ name: String) throws -> [UInt8] { try bytes(name + ".jpg") }

  /// The cases of a text file: one a line, in columns.
  static func cases(_ file: String) throws -> [[String]] {
    String(decoding: try bytes(file), as: UTF8.self).split(separator: "\n").map { line in
      line.split(separator: " ").map(String.init)
    }
  }

  /// All committed JPEGs.
  static func jpegNames() throws -> [String] { try cases("decode.txt").map { $0[0] } }
}

/// splitmix64: the bytes make-goldens.py makes its pictures of.
struct SeededBytes {
  private var state: UInt64
  private var word: UInt64 = 0
  private var left = 0

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt8 {
    if left == 0 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      word = z ^ (z >> 31)
      left = 8
    }
    left -= 1
    defer { word >>= 8 }
    return UInt8(truncatingIfNeeded: word)
  }

  /// A number of 0..<bound.
  mutating func number(below bound: Int) -> Int {
    var value = 0
    for _ in 0..<4 { value = value << 8 | Int(next()) }
    return value % bound
  }

  static func pixels(seed: UInt64, kind: String, count: Int) -> [UInt8] {
    var generator = SeededBytes(seed: seed)
    return (0..<count).map { _ in
      let byte = generator.next()
      return kind == "extreme" ? (byte >= 128 ? 255 : 0) : byte
    }
  }
}

/// CRC-32 as zlib computes it, in eight hexadecimal digits.
func crc32(_ bytes: [UInt8]) -> String {
  var table: [UInt32] = []
  for index in UInt32(0)..<256 {
    var value = index
    for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    table.append(value)
  }
  var sum: UInt32 = 0xFFFF_FFFF
  for byte in bytes { sum = table[Int((sum ^ UInt32(byte)) & 255)] ^ (sum >> 8) }
  return String(format: "%08x", ~sum)
}

/// A picture as tests compare it.
struct Picture: Equatable {
  var width: Int
  var height: Int
  var channels: Int
  var bytes: [UInt8]

  init(_ buffer: borrowing PixelBuffer) {
    width = buffer.width
    height = buffer.height
    channels = buffer.channels
    bytes = buffer.withPixels { pixels in pixels.withUnsafeBufferPointer { Array($0) } }
  }

  var crc: String { crc32(bytes) }
}

/// Decodes, or returns the error.
func decode(_ jpeg: [UInt8], channels: Int = 3, denominator: Int = 1, limits: DecodeLimits = DecodeLimits())
  -> Result<Picture, ImageError>
{
  var buffer = PixelBuffer()
  do throws(ImageError) {
    try JPEG.decode(jpeg.span, channels: channels, denominator: denominator, limits: limits, into: &buffer)
    return .success(Picture(buffer))
  } catch {
    return .failure(error)
  }
}

// Each binds its bytes to a name first: Swift 6.3.1 cannot compile the span of a temporary value in a throwing call.

func info(_ jpeg: [UInt8]) throws(ImageError) -> JPEGInfo { try JPEG.info(jpeg.span) }

func orientation(_ jpeg: [UInt8]) -> Orientation { JPEGMarkers.orientation(of: jpeg.span) }

func extent(_ stream: [UInt8]) -> JPEGMarkers.Extent { JPEGMarkers.extent(of: stream.span) }

extension Result {
  var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
