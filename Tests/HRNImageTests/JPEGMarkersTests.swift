import Testing

@testable import HRNImage

@Suite struct JPEGMarkersTests {
  /// A JPEG's beginning with one EXIF segment around `tiff`.
  private func exif(_ tiff: [UInt8]) -> [UInt8] {
    let payload = Array("Exif\0\0".utf8) + tiff
    let length = payload.count + 2
    return [0xFF, 0xD8, 0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + payload
  }

  private let header: [UInt8] = [0x49, 0x49, 42, 0, 8, 0, 0, 0]

  private func entry(type: UInt8, count: UInt8 = 1, value: UInt8, tag: [UInt8] = [0x12, 0x01]) -> [UInt8] {
    tag + [type, 0, count, 0, 0, 0, value, 0, 0, 0]
  }

  @Test func readsShortAndLongValuesOneToEight() {
    for value in UInt8(1)...8 {
      for type in [UInt8(3), 4] {
        let bytes = exif(header + [1, 0] + entry(type: type, value: value))
        #expect(orientation(bytes).rawValue == value)
      }
    }
  }

  @Test func takesSenselessValuesAsUpright() {
    let senseless: [[UInt8]] = [
      [1, 0] + entry(type: 3, value: 0), [1, 0] + entry(type: 3, value: 9),
      [1, 0] + entry(type: 3, count: 2, value: 6),
      [1, 0] + entry(type: 3, value: 6, tag: [0x13, 0x01]), [0xFF, 0xFF] + entry(type: 3, value: 6, tag: [1, 1]),
      [0, 0], [], [1],
    ]
    for directory in senseless {
      #expect(orientation(exif(header + directory)) == .upright)
    }
    for start: [UInt8] in [
      [0x49, 0x4D, 42, 0, 8, 0, 0, 0], [0x49, 0x49, 43, 0, 8, 0, 0, 0], [0x49, 0x49, 42, 0, 255, 255, 255, 255],
    ] {
      #expect(orientation(exif(start + [1, 0] + entry(type: 3, value: 6))) == .upright)
    }
  }

  @Test func survivesADirectoryInsideItself() {
    // The directory begins at the TIFF header itself: its count is the byte order.
    #expect(
      orientation(exif([0x49, 0x49, 42, 0, 0, 0, 0, 0] + entry(type: 3, value: 6))) == .upright)
  }

  @Test func survivesEveryCutAndEveryChangedByte() throws {
    let jpeg = try Goldens.jpeg("orientation-6")
    for count in 0...jpeg.count {
      let cut = Array(jpeg[..<count])
      _ = orientation(cut)
      #expect(extent(cut) == (count == jpeg.count ? .complete(byteCount: count) : .incomplete))
    }
    for index in 0..<120 {
      for value in UInt8.min...UInt8.max {
        var changed = jpeg
        changed[index] = value
        _ = orientation(changed)
        _ = extent(changed)
      }
    }
  }

  @Test func findsWhereEachImageOfAStreamEnds() throws {
    var stream: [UInt8] = []
    var lengths: [Int] = []
    for name in try Goldens.jpegNames() {
      let jpeg = try Goldens.jpeg(name)
      stream += jpeg
      lengths.append(jpeg.count)
    }
    var found: [Int] = []
    while !stream.isEmpty, case .complete(let byteCount) = extent(stream) {
      found.append(byteCount)
      stream.removeFirst(byteCount)
    }
    #expect(found == lengths)
    #expect(extent([0x89, 0x50]) == .notJPEG(offset: 0))
    #expect(extent([0xFF, 0xD8, 0x00]) == .notJPEG(offset: 2))
  }
}
