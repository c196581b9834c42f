/// What bytes look like that are not a JPEG, judged by how they begin.
package enum FileKind: Equatable, Sendable {
  case png, webP, gif, bmp, tiff, pdf
  /// HEIC, AVIF and other files in boxes of ISO/IEC 14496-12.
  case isoMedia
  /// JPEG 2000 or JPEG XL, which share a name with JPEG and nothing else.
  case otherJPEGFamily
  case gzip, zip
  /// Printable ASCII.
  case text
  /// Anything else, with its first two bytes. A single byte leaves `second` zero.
  case unknown(first: UInt8, second: UInt8)

  /// Judges `bytes`; at least one.
  package init(of bytes: Span<UInt8>) {
    let start = FileStart(bytes)
    if start.begins([0x89, 0x50, 0x4E, 0x47]) {
      self = .png
    } else if start.begins([0x52, 0x49, 0x46, 0x46]), start.has([0x57, 0x45, 0x42, 0x50], at: 8) {
      self = .webP
    } else if start.begins([0x47, 0x49, 0x46, 0x38]) {
      self = .gif
    } else if start.begins([0x42, 0x4D]) {
      self = .bmp
    } else if start.begins([0x49, 0x49, 0x2A, 0x00]) || start.begins([0x4D, 0x4D, 0x00, 0x2A]) {
      self = .tiff
    } else if start.begins([0x25, 0x50, 0x44, 0x46]) {
      self = .pdf
    } else if start.has([0x66, 0x74, 0x79, 0x70], at: 4) {
      self = .isoMedia
    } else if start.begins([0xFF, 0x0A]) || start.begins([0xFF, 0x4F]) || start.begins([0x00, 0x00, 0x00, 0x0C, 0x4A]) {
      self = .otherJPEGFamily
    } else if start.begins([0x1F, 0x8B]) {
      self = .gzip
    } else if start.begins([0x50, 0x4B, 0x03, 0x04]) {
      self = .zip
    } else if start.isText {
      self = .text
    } else {
      self = .unknown(first: start.byte(at: 0) ?? 0, second: start.byte(at: 1) ?? 0)
    }
  }

  /// A noun for the message: "it looks like a PNG".
  var words: String {
    switch self {
    case .png: "it looks like a PNG"
    case .webP: "it looks like a WebP"
    case .gif: "it looks like a GIF"
    case .bmp: "it looks like a BMP"
    case .tiff: "it looks like a TIFF"
    case .pdf: "it looks like a PDF"
    case .isoMedia: "it looks like a HEIC or another ISO media file"
    case .otherJPEGFamily: "it looks like a JPEG 2000 or JPEG XL"
    case .gzip: "it looks like a gzip file"
    case .zip: "it looks like a zip archive"
    case .text: "it looks like text"
    case .unknown(let first, let second):
      "its first bytes are \(hexadecimal(first)) \(hexadecimal(second)), expected FF D8"
    }
  }
}

/// The first 32 bytes of a file, or fewer.
private struct FileStart {
  private var bytes: [UInt8] = []

  init(_ all: Span<UInt8>) {
    for index in 0..<min(all.count, 32) { bytes.append(all[index]) }
  }

  func byte(at index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }

  func begins(_ expected: [UInt8]) -> Bool { has(expected, at: 0) }

  func has(_ expected: [UInt8], at offset: Int) -> Bool {
    guard bytes.count >= offset + expected.count else { return false }
    for index in expected.indices where bytes[offset + index] != expected[index] { return false }
    return true
  }

  var isText: Bool {
    for byte in bytes where !(byte >= 0x20 && byte < 0x7F) && byte != 0x09 && byte != 0x0A && byte != 0x0D {
      return false
    }
    return true
  }
}

private func hexadecimal(_ byte: UInt8) -> String {
  func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }
  return String(decoding: [digit(byte >> 4), digit(byte & 15)], as: UTF8.self)
}
