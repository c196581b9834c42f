import CHRNJPEG

/// What a JPEG may cost, so that no file can take all time or memory.
package struct DecodeLimits: Equatable, Sendable {
  /// Largest width · height.
  package var pixelCount = 100_000_000
  /// Largest number of scans of a progressive image; fewer, down to 16, where scans times pixels exceed 2 000 000 000.
  package var scanCount = 100
  /// Largest number of bytes for the coefficients of a whole image, which progressive images need: 6 per pixel at most.
  package var coefficientBytes = 640_000_000
  /// Whether libjpeg may repair damaged data, counting a warning, where decoding otherwise ends with an error.
  package var acceptsDamage = false

  package init() {}
}

/// What is known of a JPEG once it is decoded.
package struct JPEGInfo: Equatable, Sendable {
  /// As stored, before the orientation is applied; pixels.
  package var width: Int
  package var height: Int
  /// 1 grey, 3 colour, 4 CMYK.
  package var components: Int
  package var isProgressive: Bool
  package var orientation: Orientation
  /// How often libjpeg had to guess; 0 unless damage is accepted or the JFIF revision is unknown.
  package var warningCount = 0
  /// The image's length in the bytes given; what follows was not looked at. 0 before the image is decoded.
  package var byteCount = 0
}

/// One JPEG on its way to pixels, row by row. It borrows the bytes, so it lives inside a closure that holds them.
struct JPEGDecoder: ~Copyable {
  private let handle: OpaquePointer
  /// As given, but for the number of scans, which the image's size may have lowered.
  private let limits: DecodeLimits
  private(set) var info: JPEGInfo
  /// The size of the rows that `read` gives, after `start`.
  private(set) var width = 0
  private(set) var height = 0

  /// Reads the header.
  ///
  /// - Throws: every case of `ImageError` but `unusableRecipe`.
  init(_ bytes: UnsafeBufferPointer<UInt8>, limits: DecodeLimits) throws(ImageError) {
    guard let first = bytes.baseAddress, !bytes.isEmpty else { throw .empty }
    guard bytes.count > 2, bytes[0] == 0xFF, bytes[1] == 0xD8 else {
      let isBeginning = bytes[0] == 0xFF && (bytes.count == 1 || bytes[1] == 0xD8)
      throw isBeginning ? .truncated("Only \(bytes.count) bytes") : .notJPEG(FileKind(of: bytes.span))
    }
    var cLimits = hrn_jpeg_limits()
    cLimits.max_pixels = UInt64(max(limits.pixelCount, 0))
    cLimits.max_memory = UInt64(max(limits.coefficientBytes, 1))
    cLimits.max_scans = UInt32(clamping: limits.scanCount)
    cLimits.accepts_damage = limits.acceptsDamage ? 1 : 0
    var opened: OpaquePointer?
    var header = hrn_jpeg_header()
    var failure = hrn_jpeg_failure()
    let status = hrn_jpeg_open(first, bytes.count, &cLimits, &opened, &header, &failure)
    let info = JPEGInfo(
      width: Int(header.width), height: Int(header.height), components: Int(header.components),
      isProgressive: header.is_progressive != 0, orientation: JPEGMarkers.orientation(of: bytes.span))
    guard status == HRN_JPEG_OK, let opened else {
      throw ImageError(status, failure, info: info, limits: limits)
    }
    self.handle = opened
    var limits = limits
    limits.scanCount = Int(header.scan_limit)
    self.limits = limits
    self.info = info
  }

  deinit { hrn_jpeg_close(handle) }

  /// Begins to decode to `channels` (1 or 3) at 1/`denominator` (1, 2, 4 or 8) of the stored size, rounded up.
  mutating func start(channels: Int, denominator: Int = 1) throws(ImageError) {
    var width: UInt32 = 0
    var height: UInt32 = 0
    var failure = hrn_jpeg_failure()
    try check(hrn_jpeg_start(handle, UInt32(channels), UInt32(denominator), &width, &height, &failure), failure)
    self.width = Int(width)
    self.height = Int(height)
  }

  /// Decodes the next `rowCount` rows, which must be left, one behind the other.
  mutating func read(_ rows: UnsafeMutablePointer<UInt8>, stride: Int, rowCount: Int = 1) throws(ImageError) {
    var failure = hrn_jpeg_failure()
    try check(hrn_jpeg_read(handle, rows, stride, UInt32(rowCount), &failure), failure)
  }

  /// Reads to the end of the image and completes `info`; all rows must have been read.
  mutating func finish() throws(ImageError) {
    var warnings: UInt64 = 0
    var bytesUsed = 0
    var failure = hrn_jpeg_failure()
    try check(hrn_jpeg_finish(handle, &warnings, &bytesUsed, &failure), failure)
    info.warningCount = Int(clamping: warnings)
    info.byteCount = bytesUsed
  }

  private func check(_ status: hrn_jpeg_status, _ failure: hrn_jpeg_failure) throws(ImageError) {
    if status != HRN_JPEG_OK { throw ImageError(status, failure, info: info, limits: limits) }
  }
}

extension ImageError {
  fileprivate init(_ status: hrn_jpeg_status, _ failure: hrn_jpeg_failure, info: JPEGInfo, limits: DecodeLimits) {
    let words = Self.words(of: failure)
    self =
      switch status {
      case HRN_JPEG_TRUNCATED: .truncated(words)
      case HRN_JPEG_UNSUPPORTED: .unsupported(words)
      case HRN_JPEG_TOO_LARGE: .tooLarge(width: info.width, height: info.height, limit: limits.pixelCount)
      case HRN_JPEG_TOO_MANY_SCANS: .tooManyScans(limit: limits.scanCount)
      case HRN_JPEG_OVER_MEMORY_LIMIT: .overMemoryLimit(bytes: limits.coefficientBytes)
      case HRN_JPEG_OUT_OF_MEMORY: .outOfMemory(bytes: 0)
      case HRN_JPEG_MISUSED: preconditionFailure("The JPEG decoder was called out of order.")
      default: .corrupt(words)
      }
  }

  private static func words(of failure: hrn_jpeg_failure) -> String {
    var characters: [UInt8] = []
    withUnsafeBytes(of: failure.message) { message in
      for byte in message {
        if byte == 0 { break }
        characters.append(byte)
      }
    }
    return String(decoding: characters, as: UTF8.self)
  }
}

/// A JPEG to pixels, without any recipe.
package enum JPEG {
  /// The library that decodes, such as "libjpeg-turbo 2.1.5, API 62".
  package static var libraryVersion: String { String(cString: hrn_jpeg_version()) }

  /// What the header says, read without decoding. `warningCount` and `byteCount` are 0.
  ///
  /// - Throws: `ImageError`.
  package static func info(_ bytes: Span<UInt8>, limits: DecodeLimits = DecodeLimits()) throws(ImageError) -> JPEGInfo {
    try bytes.withUnsafeBufferPointer { (bytes) throws(ImageError) in
      let decoder = try JPEGDecoder(bytes, limits: limits)
      return decoder.info
    }
  }

  /// Decodes to `channels`: 3 for RGB, 1 for grey by Pillow's L formula. The orientation is not applied.
  ///
  /// - Parameter denominator: 1, or 2, 4 or 8 for libjpeg's reduced decoding; sides are rounded up.
  /// - Throws: `ImageError`; a damaged or cut file is an error unless `limits` accept damage.
  @discardableResult
  package static func decode(
    _ bytes: Span<UInt8>, channels: Int = 3, denominator: Int = 1, limits: DecodeLimits = DecodeLimits(),
    into image: inout PixelBuffer
  ) throws(ImageError) -> JPEGInfo {
    try bytes.withUnsafeBufferPointer { (bytes) throws(ImageError) in
      var decoder = try JPEGDecoder(bytes, limits: limits)
      try decoder.start(channels: channels, denominator: denominator)
      try decoder.readAll(channels: channels, into: &image)
      return decoder.info
    }
  }
}

extension JPEGDecoder {
  /// Decodes all rows, after `start`, and completes `info`.
  mutating func readAll(channels: Int, into image: inout PixelBuffer) throws(ImageError) {
    try image.reshape(width: width, height: height, channels: channels)
    try read(image.storage.base, stride: width * channels, rowCount: height)
    try finish()
  }
}
