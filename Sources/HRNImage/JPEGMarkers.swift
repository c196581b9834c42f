/// Reads the segments of a JPEG without decoding it: its orientation, and where it ends in a stream.
///
/// Every read is bounded by the bytes at hand, and every step goes forward.
package enum JPEGMarkers {
  /// Where the first JPEG of a stream ends.
  package enum Extent: Equatable, Sendable {
    /// The image is whole and this many bytes long.
    case complete(byteCount: Int)
    /// The image goes on behind the bytes at hand.
    case incomplete
    /// The bytes are not a JPEG, or cease to be one at `offset`.
    case notJPEG(offset: Int)
  }

  /// The orientation in the first EXIF segment; `upright` where there is none or it makes no sense.
  ///
  /// - Source: Exif 2.32 (CIPA DC-008), sections 4.5.2 and 4.6.4; TIFF 6.0, section 2.
  package static func orientation(of bytes: Span<UInt8>) -> Orientation {
    guard bytes.count > 2, bytes[0] == 0xFF, bytes[1] == 0xD8 else { return .upright }
    var position = 2
    while case .segment(let marker, let payload) = nextSegment(in: bytes, at: &position) {
      if marker == Marker.startOfScan || marker == Marker.endOfImage { break }
      if marker == Marker.application1, let tiff = tiffInExif(payload, of: bytes) {
        return orientation(inTIFF: tiff, of: bytes)
      }
    }
    return .upright
  }

  /// Where the JPEG that begins at the first byte ends. Thumbnails inside its segments do not end it.
  package static func extent(of bytes: Span<UInt8>) -> Extent {
    if bytes.count < 2 { return bytes.count == 1 && bytes[0] != 0xFF ? .notJPEG(offset: 0) : .incomplete }
    guard bytes[0] == 0xFF, bytes[1] == 0xD8 else { return .notJPEG(offset: 0) }
    var position = 2
    while true {
      switch nextSegment(in: bytes, at: &position) {
      case .segment(Marker.endOfImage, _): return .complete(byteCount: position)
      case .segment(Marker.startOfScan, _): skipEntropyCodedData(in: bytes, at: &position)
      case .segment: break
      case .end: return .incomplete
      case .damaged: return .notJPEG(offset: position)
      }
    }
  }

  /// Whether these bytes, somewhere in an image, hold what may be its end: that of a thumbnail looks alike.
  package static func hasEnd(_ bytes: Span<UInt8>) -> Bool {
    for index in 1..<max(bytes.count, 1) where bytes[index] == Marker.endOfImage && bytes[index - 1] == 0xFF {
      return true
    }
    return false
  }

  // MARK: Segments

  private enum Marker {
    static let startOfScan: UInt8 = 0xDA
    static let endOfImage: UInt8 = 0xD9
    static let application1: UInt8 = 0xE1
    static let restarts: ClosedRange<UInt8> = 0xD0...0xD7
  }

  private enum Step {
    case segment(marker: UInt8, payload: Range<Int>)
    case end
    case damaged
  }

  /// Reads the marker at `position` and goes behind its segment. Any number of 0xFF may precede a marker.
  private static func nextSegment(in bytes: Span<UInt8>, at position: inout Int) -> Step {
    guard position < bytes.count else { return .end }
    guard bytes[position] == 0xFF else { return .damaged }
    var next = position
    while next < bytes.count, bytes[next] == 0xFF { next += 1 }
    guard next < bytes.count else { return .end }
    let marker = bytes[next]
    next += 1
    let standsAlone = marker == 0x01 || (0xD0...0xD9).contains(marker)
    if standsAlone {
      position = next
      return .segment(marker: marker, payload: next..<next)
    }
    guard marker != 0 else { return .damaged }
    guard next + 2 <= bytes.count else { return .end }
    let length = Int(bytes[next]) << 8 | Int(bytes[next + 1])
    guard length >= 2 else { return .damaged }
    guard next + length <= bytes.count else { return .end }
    position = next + length
    return .segment(marker: marker, payload: (next + 2)..<position)
  }

  /// Goes to the marker that ends a scan's data: 0xFF followed by neither 0 nor a restart.
  private static func skipEntropyCodedData(in bytes: Span<UInt8>, at position: inout Int) {
    while position + 1 < bytes.count {
      if bytes[position] == 0xFF {
        let next = bytes[position + 1]
        if next == 0xFF {
          position += 1
          continue
        }
        if next != 0, !Marker.restarts.contains(next) { return }
      }
      position += 1
    }
    position = bytes.count
  }

  // MARK: EXIF

  /// The TIFF file inside an EXIF segment.
  private static func tiffInExif(_ payload: Range<Int>, of bytes: Span<UInt8>) -> Range<Int>? {
    let signature: [UInt8] = [0x45, 0x78, 0x69, 0x66, 0, 0]
    guard payload.count >= signature.count else { return nil }
    for index in signature.indices where bytes[payload.lowerBound + index] != signature[index] { return nil }
    return (payload.lowerBound + signature.count)..<payload.upperBound
  }

  private static func orientation(inTIFF tiff: Range<Int>, of bytes: Span<UInt8>) -> Orientation {
    guard tiff.count >= 8 else { return .upright }
    let start = tiff.lowerBound
    let isLittleEndian = bytes[start] == 0x49 && bytes[start + 1] == 0x49
    let isBigEndian = bytes[start] == 0x4D && bytes[start + 1] == 0x4D
    guard isLittleEndian || isBigEndian else { return .upright }

    func number(at offset: Int, byteCount: Int) -> Int? {
      guard offset >= 0, offset <= tiff.count - byteCount else { return nil }
      var value = 0
      for index in 0..<byteCount {
        value = value << 8 | Int(bytes[start + offset + (isLittleEndian ? byteCount - 1 - index : index)])
      }
      return value
    }

    guard number(at: 2, byteCount: 2) == 42, let directory = number(at: 4, byteCount: 4),
      let entryCount = number(at: directory, byteCount: 2)
    else { return .upright }
    for entry in 0..<entryCount {
      let offset = directory + 2 + entry * 12
      guard let tag = number(at: offset, byteCount: 2) else { break }
      guard tag == 0x0112 else { continue }
      // A SHORT lies in the first two bytes of the value field, a LONG in all four.
      let isLong = number(at: offset + 2, byteCount: 2) == 4
      guard number(at: offset + 4, byteCount: 4) == 1,
        let value = number(at: offset + 8, byteCount: isLong ? 4 : 2), (1...8).contains(value)
      else { return .upright }
      return Orientation(rawValue: UInt8(value)) ?? .upright
    }
    return .upright
  }
}
