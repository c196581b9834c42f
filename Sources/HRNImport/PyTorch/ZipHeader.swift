import CHRNZlib

/// One entry of an archive's directory, checked against what stands before and behind the entry's bytes.
struct ZipHeader {
  let name: String
  /// Where the entry's own header lies in the file.
  let localOffset: Int
  /// One past this header, in the directory.
  let end: Int
  private let nameBytes: Range<Int>
  private let flags: UInt16
  private let crc: UInt32
  private let size: Int

  /// Sizes and checksum follow the data.
  private static let describedBehind: UInt16 = 1 << 3
  private static let utf8: UInt16 = 1 << 11
  private static let length = 46
  private static let localLength = 30
  private static let extra64: UInt16 = 1

  init(_ bytes: UnsafeRawBufferPointer, at offset: Int, directoryEnd: Int) throws(ZipError) {
    guard directoryEnd - offset >= Self.length, bytes.u32(offset) == Signature.directory else {
      throw .header(offset: offset)
    }
    let name = offset + Self.length
    let extra = name + Int(bytes.u16(offset + 28))
    let comment = extra + Int(bytes.u16(offset + 30))
    end = comment + Int(bytes.u16(offset + 32))
    guard end <= directoryEnd else { throw .header(offset: offset) }
    nameBytes = name..<extra
    self.name = try Self.name(UnsafeRawBufferPointer(rebasing: bytes[nameBytes]), at: offset)
    flags = bytes.u16(offset + 8)
    crc = bytes.u32(offset + 16)

    guard flags & 1 == 0 else { throw .entry(self.name, .encrypted) }
    guard bytes.u16(offset + 10) == 0 else { throw .entry(self.name, .compressed(method: Int(bytes.u16(offset + 10)))) }
    guard flags & ~(Self.describedBehind | Self.utf8) == 0 else { throw .entry(self.name, .flags(Int(flags))) }
    // Made on Unix, the upper half of the attributes tells links and devices from files.
    let mode = bytes.u32(offset + 38) >> 28
    guard bytes[offset + 5] != 3 || mode == 0 || mode == 8 else { throw .entry(self.name, .notAFile) }

    var wide = Self.wideFields(bytes, extra: extra..<comment)
    func field(_ value: UInt32) -> UInt64? { value == .max ? wide?.popLast() : UInt64(value) }
    let sizes = (field(bytes.u32(offset + 24)), field(bytes.u32(offset + 20)))
    let local = field(bytes.u32(offset + 42))
    guard let stored = sizes.0, let size = Int(exactly: stored), sizes.1 == stored,
      let local, let localOffset = Int(exactly: local), bytes.u16(offset + 34) == 0
    else { throw .entry(self.name, .sizes) }
    self.size = size
    self.localOffset = localOffset
  }

  /// The 64-bit numbers of an extra field, the first of them last; nil where the fields are damaged or hold none.
  private static func wideFields(_ bytes: UnsafeRawBufferPointer, extra: Range<Int>) -> [UInt64]? {
    var position = extra.lowerBound
    while extra.upperBound - position >= 4 {
      let kind = bytes.u16(position)
      let start = position + 4
      position = start + Int(bytes.u16(position + 2))
      guard position <= extra.upperBound else { return nil }
      if kind == extra64 { return stride(from: start, to: position - 7, by: 8).map { bytes.u64($0) }.reversed() }
    }
    return nil
  }

  /// A name that could be one of a file below a folder, on any system.
  private static func name(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(ZipError) -> String {
    guard bytes.count <= ZipArchive.nameLimit, let name = String(validating: bytes, as: UTF8.self),
      !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
    else { throw .name(offset: offset) }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isOutside = parts.contains { ["", ".", ".."].contains($0) } || name.contains("\\") || name.contains(":")
    if isOutside { throw .entry(name, .path) }
    return name
  }

  /// Where the entry's bytes lie.
  func data(in bytes: UnsafeRawBufferPointer, before limit: Int) throws(ZipError) -> Range<Int> {
    guard limit - localOffset >= Self.localLength, bytes.u32(localOffset) == Signature.local else {
      throw .entry(name, .local)
    }
    let localName = localOffset + Self.localLength
    let extra = localName + Int(bytes.u16(localOffset + 26))
    let start = extra + Int(bytes.u16(localOffset + 28))
    guard start <= limit, size <= limit - start else { throw .entry(name, .outside) }
    guard bytes[localName..<extra].elementsEqual(bytes[nameBytes]), bytes.u16(localOffset + 6) == flags,
      bytes.u16(localOffset + 8) == 0
    else { throw .entry(name, .contradiction) }

    let isBehind = flags & Self.describedBehind != 0
    let wide = Self.wideFields(bytes, extra: extra..<start)
    for (field, index) in [(18, 0), (22, 1)] {
      let value = bytes.u32(localOffset + field)
      // In the local header's extra field the size comes first, then the compressed size: both are `size` here.
      let agrees =
        value == UInt32(exactly: size)
        || value == .max
          && wide.map { $0.count == 2 && ($0[index] == UInt64(size) || isBehind && $0[index] == 0) } == true
      guard agrees || isBehind && value == 0 else { throw .entry(name, .contradiction) }
    }
    guard bytes.u32(localOffset + 14) == crc || isBehind && bytes.u32(localOffset + 14) == 0 else {
      throw .entry(name, .contradiction)
    }

    let data = UnsafeRawBufferPointer(rebasing: bytes[start..<start + size])
    guard hrn_crc32(data.baseAddress?.assumingMemoryBound(to: UInt8.self), size) == crc else {
      throw .entry(name, .checksum)
    }
    return start..<start + size
  }

  /// One past the entry: its data, and where sizes and checksum follow, these.
  func end(of data: Range<Int>, in bytes: UnsafeRawBufferPointer, before limit: Int) throws(ZipError) -> Int {
    guard flags & Self.describedBehind != 0 else { return data.upperBound }
    let start = data.upperBound
    // With or without a signature of its own, sizes of 32 or of 64 bits: the one that says what the directory says, and
    // behind which the next record begins.
    for (signed, wide) in [(true, false), (true, true), (false, false), (false, true)] {
      let checksum = start + (signed ? 4 : 0)
      let end = checksum + 4 + (wide ? 16 : 8)
      guard end <= limit, !signed || bytes.u32(start) == Signature.descriptor, bytes.u32(checksum) == crc else {
        continue
      }
      let sizes =
        wide
        ? [bytes.u64(checksum + 4), bytes.u64(checksum + 12)]
        : [UInt64(bytes.u32(checksum + 4)), UInt64(bytes.u32(checksum + 8))]
      let isFollowed = end == limit || limit - end >= 4 && bytes.u32(end) == Signature.local
      if sizes == [UInt64(size), UInt64(size)], isFollowed { return end }
    }
    throw .entry(name, .descriptor)
  }
}
