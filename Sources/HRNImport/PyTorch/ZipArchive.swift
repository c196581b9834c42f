import CHRNZlib

/// The entries of a zip archive as PyTorch writes it: stored, not compressed, one after another from the file's first
/// byte to its directory, and the directory at the end.
///
/// The directory at the end is what counts; what stands before each entry must say the same, but for sizes and checksum
/// that follow the data. Every checksum is verified. Nothing lies between, over or behind the entries, so that no two
/// readers can see two archives in one file.
///
/// Source: PKWARE's APPNOTE.TXT 6.3, with the 64-bit extension.
struct ZipArchive {
  struct Entry: Equatable {
    var name: String
    /// Where its bytes lie in the file.
    var data: Range<Int>
  }

  /// In the order of the directory.
  let entries: [Entry]

  static let entryLimit = 1 << 17
  static let nameLimit = 1 << 10

  /// Whether a file begins as an archive does.
  static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 4
      && [Signature.local, Signature.end].contains(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)))
  }

  init(_ bytes: UnsafeRawBufferPointer) throws(ZipError) {
    let end = try ZipEnd(bytes)
    var headers: [ZipHeader] = []
    var names: Set<String> = []
    var position = end.directory.lowerBound
    while position < end.directory.upperBound {
      let header = try ZipHeader(bytes, at: position, directoryEnd: end.directory.upperBound)
      guard names.insert(header.name).inserted else { throw .entry(header.name, .duplicate) }
      headers.append(header)
      position = header.end
    }
    guard headers.count == end.count else { throw .count(found: headers.count, expected: end.count) }

    var entries = [Entry?](repeating: nil, count: headers.count)
    position = 0
    for index in headers.indices.sorted(by: { headers[$0].localOffset < headers[$1].localOffset }) {
      let header = headers[index]
      guard header.localOffset >= position else { throw .entry(header.name, .overlap) }
      guard header.localOffset == position else { throw .gap(position..<header.localOffset) }
      let data = try header.data(in: bytes, before: end.directory.lowerBound)
      entries[index] = Entry(name: header.name, data: data)
      position = try header.end(of: data, in: bytes, before: end.directory.lowerBound)
    }
    guard position == end.directory.lowerBound else { throw .gap(position..<end.directory.lowerBound) }
    self.entries = entries.compactMap { $0 }
  }

  /// The bytes of an entry in the file; nil where there is none of that name.
  subscript(name: String) -> Range<Int>? { entries.first { $0.name == name }?.data }
}

/// What records of an archive begin with.
enum Signature {
  static let local: UInt32 = 0x0403_4B50
  static let descriptor: UInt32 = 0x0807_4B50
  static let directory: UInt32 = 0x0201_4B50
  static let end: UInt32 = 0x0605_4B50
  static let end64: UInt32 = 0x0606_4B50
  static let locator64: UInt32 = 0x0706_4B50
}

/// The record at an archive's end: where the directory lies.
struct ZipEnd {
  let directory: Range<Int>
  /// Entries of the directory, as stated.
  let count: Int

  private static let length = 22
  private static let locatorLength = 20
  private static let length64 = 56

  init(_ bytes: UnsafeRawBufferPointer) throws(ZipError) {
    let record = bytes.count - Self.length
    guard record >= 0, bytes.u32(record) == Signature.end, bytes.u16(record + 20) == 0 else { throw .noEnd }
    var fields = [
      Int(bytes.u16(record + 8)), Int(bytes.u16(record + 10)), Int(bytes.u32(record + 12)), Int(bytes.u32(record + 16)),
    ]
    guard bytes.u16(record + 4) == 0, bytes.u16(record + 6) == 0 else { throw .parts }
    var directoryEnd = record

    let locator = record - Self.locatorLength
    if locator >= Self.length64, bytes.u32(locator) == Signature.locator64 {
      let record64 = locator - Self.length64
      guard bytes.u32(record64) == Signature.end64, bytes.u64(record64 + 4) == UInt64(Self.length64 - 12),
        bytes.u64(locator + 8) == UInt64(record64)
      else { throw .end64 }
      guard bytes.u32(locator + 4) == 0, bytes.u32(locator + 16) <= 1, bytes.u32(record64 + 16) == 0,
        bytes.u32(record64 + 20) == 0
      else { throw .parts }
      for (index, limit) in [0xFFFF, 0xFFFF, 0xFFFF_FFFF, 0xFFFF_FFFF].enumerated() {
        guard let value = Int(exactly: bytes.u64(record64 + 24 + 8 * index)) else { throw .end64 }
        guard fields[index] == limit || fields[index] == value else { throw .end64 }
        fields[index] = value
      }
      directoryEnd = record64
    }
    guard fields[0] == fields[1], fields[0] <= ZipArchive.entryLimit else { throw .count64(fields[1]) }
    guard fields[3] <= directoryEnd, fields[2] == directoryEnd - fields[3] else { throw .directory }
    directory = fields[3]..<directoryEnd
    count = fields[1]
  }
}

extension UnsafeRawBufferPointer {
  // Little-endian numbers; the offset has been checked.
  func u16(_ offset: Int) -> UInt16 { UInt16(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt16.self)) }
  func u32(_ offset: Int) -> UInt32 { UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
  func u64(_ offset: Int) -> UInt64 { UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
}
