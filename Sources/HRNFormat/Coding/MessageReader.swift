import CHRNSchema

/// A message unpacked by the schema's C side, read by field number. Borrows the memory of the message it came from.
struct MessageReader {
  let pointer: OpaquePointer
  /// `HRN_MESSAGE_*`, for errors.
  let message: Int

  func has(_ field: Int) -> Bool { count(field) > 0 }

  func count(_ field: Int) -> Int { hrn_count(pointer, UInt32(field)) }

  func flag(_ field: Int) -> Bool { uint64(field) == 1 }

  func uint64(_ field: Int) -> UInt64? {
    var value: UInt64 = 0
    return hrn_uint(pointer, UInt32(field), &value) != 0 ? value : nil
  }

  /// A number that fits into a machine word.
  func int(_ field: Int) throws(FormatError) -> Int? {
    guard let value = uint64(field) else { return nil }
    guard let number = Int(exactly: value) else { throw .number(message: message, field: field, found: value) }
    return number
  }

  func requiredInt(_ field: Int) throws(FormatError) -> Int { try required(try int(field), field) }

  /// An enumerator. The wire check has refused those that the schema does not have.
  func enumerator<E: RawRepresentable>(_ field: Int) -> E? where E.RawValue == Int32 {
    guard let value = uint64(field) else { return nil }
    guard let enumerator = E(rawValue: Int32(truncatingIfNeeded: value)) else {
      preconditionFailure("an enum of the schema has a value that its Swift twin lacks")
    }
    return enumerator
  }

  func requiredEnumerator<E: RawRepresentable>(_ field: Int) throws(FormatError) -> E where E.RawValue == Int32 {
    try required(enumerator(field), field)
  }

  func ints(_ field: Int) -> [Int] {
    var count = 0
    let start = hrn_uints(pointer, UInt32(field), &count)
    return UnsafeBufferPointer(start: start, count: count).map(Int.init)
  }

  /// Numbers of which there must be exactly so many.
  func ints(_ field: Int, count expected: Int) throws(FormatError) -> [Int] {
    let values = ints(field)
    guard values.count == expected else {
      throw .valueCount(message: message, field: field, found: values.count, expected: expected)
    }
    return values
  }

  func float(_ field: Int) -> Float? { floats(field).first }

  func requiredFloat(_ field: Int) throws(FormatError) -> Float { try required(float(field), field) }

  func floats(_ field: Int) -> [Float] {
    var count = 0
    let start = hrn_floats(pointer, UInt32(field), &count)
    return [Float](UnsafeBufferPointer(start: start, count: count))
  }

  func double(_ field: Int) -> Double? {
    var value = 0.0
    return hrn_double(pointer, UInt32(field), &value) != 0 ? value : nil
  }

  /// A string; empty when absent.
  func string(_ field: Int) -> String { has(field) ? string(field, 0) : "" }

  func requiredString(_ field: Int) throws(FormatError) -> String {
    guard has(field) else { throw .missing(message: message, field: field) }
    return string(field, 0)
  }

  func strings(_ field: Int) -> [String] { (0..<count(field)).map { string(field, $0) } }

  /// Bytes; empty when absent.
  func bytes(_ field: Int) -> [UInt8] {
    guard has(field) else { return [] }
    var length = 0
    let start = hrn_bytes(pointer, UInt32(field), 0, &length)
    return [UInt8](UnsafeBufferPointer(start: start, count: length))
  }

  func child(_ field: Int, _ message: Int) -> MessageReader? {
    has(field) ? child(field, message, 0) : nil
  }

  func requiredChild(_ field: Int, _ message: Int) throws(FormatError) -> MessageReader {
    try required(child(field, message), field)
  }

  func children<Value>(
    _ field: Int, _ message: Int, _ decode: (MessageReader) throws(FormatError) -> Value
  ) throws(FormatError) -> [Value] {
    var values: [Value] = []
    let count = count(field)
    values.reserveCapacity(count)
    for index in 0..<count {
      do throws(FormatError) {
        values.append(try decode(child(field, message, index)))
      } catch {
        throw error.within(message: self.message, field: field, index: index)
      }
    }
    return values
  }

  private func child(_ field: Int, _ message: Int, _ index: Int) -> MessageReader {
    guard let child = hrn_child(pointer, UInt32(field), index) else {
      preconditionFailure("hrn_child never returns null")
    }
    return MessageReader(pointer: child, message: message)
  }

  private func string(_ field: Int, _ index: Int) -> String {
    var length = 0
    let start = hrn_bytes(pointer, UInt32(field), index, &length)
    return String(decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self)
  }

  private func required<Value>(_ value: Value?, _ field: Int) throws(FormatError) -> Value {
    guard let value else { throw .missing(message: message, field: field) }
    return value
  }
}
