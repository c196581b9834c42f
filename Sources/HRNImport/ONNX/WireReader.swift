/// What a field of a protobuf message holds. Bytes are given by their place in the file.
enum WireValue: Equatable {
  case varint(UInt64)
  case fixed32(UInt32)
  case fixed64(UInt64)
  case bytes(Range<Int>)
}

/// A field of a protobuf message, and where in the file it begins.
struct WireField: Equatable {
  var number: Int
  var offset: Int
  var value: WireValue
}

/// Why bytes are not a protobuf message.
package enum WireFault: Equatable, Sendable {
  /// The bytes end within a number or a tag.
  case cut
  /// A number of more than 64 bits.
  case longNumber
  /// A field number of 0 or above 2²⁹.
  case fieldNumber
  /// Groups, which ONNX does not have, and the types that nothing has.
  case wireType(Int)
  /// A length that leads past the end of what holds it.
  case length(UInt64, available: Int)
}

/// Walks the fields of one message in borrowed bytes. Every length is checked against the message that holds it, nothing
/// is copied, and nothing recurses: a message within is another reader's work.
struct WireReader {
  let bytes: UnsafeRawBufferPointer
  private(set) var position: Int
  let end: Int

  init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  /// The next field, or nil at the end of the message.
  mutating func next() throws(ONNXError) -> WireField? {
    guard position < end else { return nil }
    let offset = position
    let tag = try varint()
    let number = tag >> 3
    guard number > 0, number < 1 << 29 else { throw .wire(offset: offset, .fieldNumber) }
    let value: WireValue
    switch tag & 7 {
    case 0: value = .varint(try varint())
    case 1: value = .fixed64(try fixed(8))
    case 2: value = .bytes(try span())
    case 5: value = .fixed32(UInt32(try fixed(4)))
    case let type: throw .wire(offset: offset, .wireType(Int(type)))
    }
    return WireField(number: Int(number), offset: offset, value: value)
  }

  /// A number of 7 bits a byte, low bits first.
  mutating func varint() throws(ONNXError) -> UInt64 {
    let offset = position
    var result: UInt64 = 0
    var shift: UInt64 = 0
    while position < end {
      let byte = UInt64(bytes[position])
      position += 1
      guard shift < 63 || byte <= 1 else { throw .wire(offset: offset, .longNumber) }
      result |= (byte & 0x7F) << shift
      if byte < 0x80 { return result }
      shift += 7
      guard shift < 70 else { throw .wire(offset: offset, .longNumber) }
    }
    throw .wire(offset: offset, .cut)
  }

  private mutating func fixed(_ count: Int) throws(ONNXError) -> UInt64 {
    guard end - position >= count else { throw .wire(offset: position, .cut) }
    var result: UInt64 = 0
    for index in 0..<count { result |= UInt64(bytes[position + index]) << UInt64(8 * index) }
    position += count
    return result
  }

  private mutating func span() throws(ONNXError) -> Range<Int> {
    let offset = position
    let length = try varint()
    guard length <= UInt64(end - position) else {
      throw .wire(offset: offset, .length(length, available: end - position))
    }
    let start = position
    position += Int(length)
    return start..<position
  }
}

extension WireReader {
  /// A field that is a message or bytes, by its place.
  func range(_ field: WireField, _ name: StaticString) throws(ONNXError) -> Range<Int> {
    guard case .bytes(let range) = field.value else { throw .fieldType("\(name)", offset: field.offset) }
    return range
  }

  /// A field that is text; what is not UTF-8 in it is replaced.
  func text(_ field: WireField, _ name: StaticString) throws(ONNXError) -> String {
    String(decoding: bytes[try range(field, name)], as: UTF8.self)
  }

  func integer(_ field: WireField, _ name: StaticString) throws(ONNXError) -> Int64 {
    guard case .varint(let value) = field.value else { throw .fieldType("\(name)", offset: field.offset) }
    return Int64(bitPattern: value)
  }

  /// Appends the numbers of a repeated integer field, which may come one by one or packed.
  func append(_ field: WireField, to numbers: inout [Int64], _ name: StaticString) throws(ONNXError) {
    switch field.value {
    case .varint(let value): numbers.append(Int64(bitPattern: value))
    case .bytes(let range):
      var packed = WireReader(bytes, range)
      while packed.position < packed.end { numbers.append(Int64(bitPattern: try packed.varint())) }
    default: throw .fieldType("\(name)", offset: field.offset)
    }
  }

  /// Appends the place of the numbers of a repeated field of `width` bytes each, one or packed.
  func append(
    _ field: WireField, width: Int, to places: inout [Range<Int>], _ name: StaticString
  ) throws(ONNXError) {
    switch (field.value, width) {
    case (.fixed32, 4), (.fixed64, 8): places.append(position - width..<position)
    case (.bytes(let range), _) where range.count.isMultiple(of: width): places.append(range)
    default: throw .fieldType("\(name)", offset: field.offset)
    }
  }
}
