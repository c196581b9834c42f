import Testing

@testable import HRNImage

@Suite struct JPEGDecoderTests {
  @Test func equalsPillowByteForByte() throws {
    for columns in try Goldens.cases("decode.txt") {
      let jpeg = try Goldens.jpeg(columns[0])
      let color = try decode(jpeg).get()
      #expect([String(color.width), String(color.height)] == Array(columns[1...2]), "\(columns[0])")
      #expect(color.crc == columns[3], "\(columns[0]) as RGB")
      #expect(try decode(jpeg, channels: 1).get().crc == columns[4], "\(columns[0]) as grey")
    }
  }

  @Test func setsEveryOrientationUprightAsPillowDoes() throws {
    for columns in try Goldens.cases("decode.txt") {
      let jpeg = try Goldens.jpeg(columns[0])
      var image = PixelBuffer()
      let info = try JPEG.decode(jpeg.span, into: &image)
      if columns[0].hasPrefix("orientation-") {
        #expect(String(info.orientation.rawValue) == String(columns[0].suffix(1)))
      } else {
        #expect(info.orientation == .upright)
      }
      let upright = Picture(try image.upright(info.orientation))
      #expect([String(upright.width), String(upright.height), upright.crc] == Array(columns[5...7]), "\(columns[0])")
    }
  }

  @Test func saysWhatTheHeaderSays() throws {
    let progressive = try info(try Goldens.jpeg("progressive-420"))
    #expect(progressive.width == 45 && progressive.height == 31)
    #expect(progressive.components == 3 && progressive.isProgressive)
    #expect(try info(try Goldens.jpeg("cmyk")).components == 4)
    #expect(try info(try Goldens.jpeg("grey")).components == 1)
    #expect(try info(try Goldens.jpeg("444")).isProgressive == false)
  }

  @Test func repeatsGreyForColor() throws {
    let jpeg = try Goldens.jpeg("grey")
    let grey = try decode(jpeg, channels: 1).get().bytes
    #expect(try decode(jpeg).get().bytes == grey.flatMap { [$0, $0, $0] })
  }

  @Test func leavesAloneWhatFollowsTheImage() throws {
    let jpeg = try Goldens.jpeg("420")
    var image = PixelBuffer()
    let stream = jpeg + [1, 2, 3] + jpeg
    let info = try JPEG.decode(stream.span, into: &image)
    #expect(info.byteCount == jpeg.count)
    #expect(try Picture(image) == decode(jpeg).get())
  }

  @Test func decodesAtAReducedSizeRoundedUp() throws {
    for (denominator, size) in [(2, [23, 16]), (4, [12, 8]), (8, [6, 4])] {
      let picture = try decode(try Goldens.jpeg("420"), denominator: denominator).get()
      #expect([picture.width, picture.height] == size)
    }
  }

  @Test func namesItsLibrary() {
    #expect(JPEG.libraryVersion.hasPrefix("libjpeg"))
    #expect(JPEG.libraryVersion.contains("API "))
  }

  // MARK: What is refused

  @Test func refusesNoBytes() {
    #expect(decode([]).failure == .empty)
  }

  @Test func namesWhatIsNotAJPEG() {
    let starts: [(FileKind, [UInt8])] = [
      (.png, [0x89, 0x50, 0x4E, 0x47, 0x0D]),
      (.webP, Array("RIFF\0\0\0\0WEBPVP8 ".utf8)),
      (.isoMedia, [0, 0, 0, 0x18] + Array("ftypheic".utf8)),
      (.gif, Array("GIF89a".utf8)),
      (.bmp, Array("BM".utf8) + [0, 0]),
      (.tiff, [0x49, 0x49, 0x2A, 0]),
      (.tiff, [0x4D, 0x4D, 0, 0x2A]),
      (.pdf, Array("%PDF-1.7".utf8)),
      (.otherJPEGFamily, [0xFF, 0x0A, 0, 0]),
      (.gzip, [0x1F, 0x8B, 8]),
      (.zip, [0x50, 0x4B, 3, 4]),
      (.text, Array("<html>\n".utf8)),
      (.unknown(first: 0, second: 0xAB), [0, 0xAB, 7]),
      (.unknown(first: 0xAB, second: 0), [0xAB]),
    ]
    for (kind, bytes) in starts {
      #expect(decode(bytes).failure == .notJPEG(kind))
    }
    #expect(
      ImageError.notJPEG(.unknown(first: 0, second: 0xAB)).message
        == "is not a JPEG: its first bytes are 00 AB, expected FF D8")
    #expect(ImageError.notJPEG(.png).message == "is not a JPEG: it looks like a PNG")
  }

  @Test func refusesACutImageInOneClearLine() throws {
    let jpeg = try Goldens.jpeg("420")
    let error = decode(Array(jpeg.dropLast(200))).failure
    #expect(error == .truncated("Premature end of JPEG file"))
    #expect(error?.message == "is truncated: Premature end of JPEG file")
    // Only the end marker is missing: every row was there.
    #expect(decode(Array(jpeg.dropLast(2))).failure == .truncated("Premature end of JPEG file"))
  }

  @Test func repairsACutImageOnlyWhenAsked() throws {
    var limits = DecodeLimits()
    limits.acceptsDamage = true
    var image = PixelBuffer()
    let jpeg = Array(try Goldens.jpeg("420").dropLast(200))
    let info = try JPEG.decode(jpeg.span, limits: limits, into: &image)
    #expect(info.warningCount > 0)
    #expect(info.byteCount == jpeg.count)
    #expect(image.width == 45 && image.height == 31)
  }

  @Test func refusesTwelveBitAndLossless() throws {
    let jpeg = try Goldens.jpeg("444")
    let frame = try #require(jpeg.firstIndex(ofFrame: 0xC0))
    var twelveBit = jpeg
    twelveBit[frame + 4] = 12
    var lossless = jpeg
    lossless[frame + 1] = 0xC3
    guard case .unsupported(let precision) = decode(twelveBit).failure else { throw Unexpected() }
    #expect(precision.contains("12"))
    guard case .unsupported(let process) = decode(lossless).failure else { throw Unexpected() }
    #expect(process.contains("0xc3"))
  }

  @Test func refusesAHugeImageInAFewBytesAtOnce() throws {
    let clock = ContinuousClock()
    let start = clock.now
    let header = try Goldens.jpeg("grey")
    let frame = try #require(header.firstIndex(ofFrame: 0xC0))
    for (width, height) in [(62994, 65284), (65500, 65500), (10001, 10000)] {
      let bomb = header.claiming(width: width, height: height, frame: frame)
      #expect(decode(bomb).failure == .tooLarge(width: width, height: height, limit: 100_000_000))
    }
    // Under the limit, but no bytes to hold so many blocks.
    for (width, height) in [(10000, 10000), (65500, 1500)] {
      let bomb = header.claiming(width: width, height: height, frame: frame)
      #expect(decode(bomb).failure == .truncated("Too few bytes for an image of this size"))
    }
    let overlong = header.claiming(width: 65535, height: 1, frame: frame)
    #expect(decode(overlong).failure == .tooLarge(width: 65535, height: 1, limit: 100_000_000))
    #expect(clock.now - start < .milliseconds(500))
  }

  @Test func refusesMorePixelsThanTheLimit() throws {
    var limits = DecodeLimits()
    limits.pixelCount = 45 * 31 - 1
    #expect(
      decode(try Goldens.jpeg("420"), limits: limits).failure == .tooLarge(width: 45, height: 31, limit: 45 * 31 - 1))
    limits.pixelCount += 1
    #expect(decode(try Goldens.jpeg("420"), limits: limits).failure == nil)
  }

  @Test func refusesMoreScansAndCoefficientsThanTheLimits() throws {
    let jpeg = try Goldens.jpeg("progressive-420")
    var limits = DecodeLimits()
    limits.scanCount = 3
    #expect(decode(jpeg, limits: limits).failure == .tooManyScans(limit: 3))
    #expect(decode(jpeg, limits: limits).failure?.message == "has more than 3 scans")
    limits = DecodeLimits()
    limits.coefficientBytes = 1000
    #expect(decode(jpeg, limits: limits).failure == .overMemoryLimit(bytes: 1000))
    #expect(decode(try Goldens.jpeg("420"), limits: limits).failure == nil)
  }
}

struct Unexpected: Error {}

extension [UInt8] {
  /// Where the frame header with this marker begins.
  func firstIndex(ofFrame marker: UInt8) -> Int? {
    indices.first { index in self[index] == 0xFF && index + 8 < count && self[index + 1] == marker }
  }

  /// The JPEG with another size in its frame header.
  func claiming(width: Int, height: Int, frame: Int) -> [UInt8] {
    var changed = self
    changed[frame + 5] = UInt8(height >> 8)
    changed[frame + 6] = UInt8(height & 255)
    changed[frame + 7] = UInt8(width >> 8)
    changed[frame + 8] = UInt8(width & 255)
    return changed
  }
}
