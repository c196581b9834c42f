import CHRNZlib

/// Unsigned bytes in one or more dimensions, in the format of the MNIST family: a magic number, the extents as
/// big-endian 32-bit integers, then the elements, row-major.
///
/// Source: http://yann.lecun.com/exdb/mnist, section "the IDX file format".
package struct IDXFile: Equatable, Sendable {
  /// The most elements that are read: one gibibyte.
  package static let elementLimit = 1 << 30

  /// At least one, each at least 1.
  package let extents: [Int]
  package let elements: [UInt8]

  /// Reads a file, gzip or plain, of `dimensions` dimensions. Memory is taken only for what the header says and the
  /// file can hold.
  package init(_ file: [UInt8], dimensions: Int) throws(IDXDamage) {
    let isGzip = file.starts(with: [0x1F, 0x8B])
    let headerCount = 4 + 4 * dimensions
    let header = isGzip ? try Self.gunzip(file, capacity: headerCount).bytes : Array(file.prefix(headerCount))
    guard header.count == headerCount else { throw .truncated(found: header.count, expected: headerCount) }

    let words = stride(from: 0, to: headerCount, by: 4).map { at in
      header[at..<at + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
    guard words[0] == 0x800 + UInt32(dimensions) else { throw .magic(found: words[0], dimensions: dimensions) }
    var count = 1
    for extent in words.dropFirst() {
      let (product, overflow) = count.multipliedReportingOverflow(by: Int(extent))
      guard !overflow, product > 0, product <= Self.elementLimit else { throw .extents(Array(words.dropFirst())) }
      count = product
    }

    let expected = headerCount + count
    if isGzip {
      // Deflate makes at most 1032 bytes of one: a header that promises more cannot be kept.
      guard expected / 1040 <= file.count else { throw .truncated(found: file.count, expected: expected) }
      let (bytes, isWhole) = try Self.gunzip(file, capacity: expected)
      guard bytes.count == expected else { throw .truncated(found: bytes.count, expected: expected) }
      guard isWhole else { throw .trailing(expected: expected) }
      elements = Array(bytes[headerCount...])
    } else {
      guard file.count >= expected else { throw .truncated(found: file.count, expected: expected) }
      guard file.count == expected else { throw .trailing(expected: expected) }
      elements = Array(file[headerCount...])
    }
    extents = words.dropFirst().map { Int($0) }
  }

  /// The first `capacity` bytes of a gzip file, and whether that is all of them.
  private static func gunzip(
    _ file: [UInt8], capacity: Int
  ) throws(IDXDamage) -> (bytes: [UInt8], isWhole: Bool) {
    var status = HRN_GUNZIP_DAMAGED
    let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, written in
      status = hrn_gunzip(file, file.count, buffer.baseAddress, capacity, &written)
    }
    switch status {
    case HRN_GUNZIP_DONE: return (bytes, true)
    case HRN_GUNZIP_MORE: return (bytes, false)
    case HRN_GUNZIP_TRUNCATED: throw .gzip(truncated: true)
    default: throw .gzip(truncated: false)
    }
  }
}
