/// Writes the fields of one protobuf message, in the order of the calls.
struct WireWriter {
  private(set) var bytes: [UInt8] = []

  mutating func integer(_ field: Int, _ value: Int) {
    tag(field, type: 0)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func float(_ field: Int, _ value: Float) {
    tag(field, type: 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func text(_ field: Int, _ value: String) {
    tag(field, type: 2)
    varint(UInt64(value.utf8.count))
    bytes.append(contentsOf: value.utf8)
  }

  /// A message within, whose fields `body` writes.
  mutating func message(_ field: Int, _ body: (inout WireWriter) -> Void) {
    var message = WireWriter()
    body(&message)
    append(field, message.bytes)
  }

  /// Bytes, or a message that is written already.
  mutating func append(_ field: Int, _ content: [UInt8]) {
    begin(field, byteCount: content.count)
    bytes.append(contentsOf: content)
  }

  /// The tag and the length of a field whose bytes follow.
  mutating func begin(_ field: Int, byteCount: Int) {
    tag(field, type: 2)
    varint(UInt64(byteCount))
  }

  /// Bytes of a field that `begin` has announced.
  mutating func raw(_ content: UnsafeRawBufferPointer) { bytes.append(contentsOf: content) }

  mutating func raw(_ content: [UInt8]) { bytes.append(contentsOf: content) }

  mutating func reserve(_ byteCount: Int) { bytes.reserveCapacity(byteCount) }

  private mutating func tag(_ field: Int, type: Int) { varint(UInt64(field << 3 | type)) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F | 0x80))
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
