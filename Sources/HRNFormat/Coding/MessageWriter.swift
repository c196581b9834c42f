import CHRNSchema

/// A message being written, by field number. Numbers must fit their field; the graph's validation sees to that.
struct MessageWriter {
  private let pointer: OpaquePointer

  private init(_ pointer: OpaquePointer?) {
    guard let pointer else { preconditionFailure("hrn_message_new and hrn_put_child never return null") }
    self.pointer = pointer
  }

  /// The canonical bytes of a message that `fill` writes.
  static func bytes(_ message: Int, _ fill: (MessageWriter) -> Void) -> [UInt8] {
    let writer = MessageWriter(hrn_message_new(Int32(message)))
    defer { hrn_message_free(writer.pointer) }
    fill(writer)
    let size = hrn_packed_size(writer.pointer)
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      if let start = buffer.baseAddress { hrn_pack(writer.pointer, start) }
      count = size
    }
  }

  func put(_ field: Int, _ value: Int) { hrn_put_uint(pointer, UInt32(field), UInt64(value)) }

  func put(_ field: Int, _ value: Int?) {
    if let value { put(field, value) }
  }

  func put(_ field: Int, _ value: UInt64) { hrn_put_uint(pointer, UInt32(field), value) }

  /// Written only when true.
  func put(_ field: Int, flag: Bool) {
    if flag { hrn_put_uint(pointer, UInt32(field), 1) }
  }

  func put<E: RawRepresentable>(_ field: Int, enumerator: E) where E.RawValue == Int32 {
    hrn_put_uint(pointer, UInt32(field), UInt64(enumerator.rawValue))
  }

  func put(_ field: Int, _ values: [Int]) {
    for value in values { put(field, value) }
  }

  func put(_ field: Int, _ value: Float) { hrn_put_float(pointer, UInt32(field), value) }

  func put(_ field: Int, _ value: Float?) {
    if let value { put(field, value) }
  }

  func put(_ field: Int, _ values: [Float]) {
    for value in values { put(field, value) }
  }

  func put(_ field: Int, _ value: Double) { hrn_put_double(pointer, UInt32(field), value) }

  func put(_ field: Int, _ value: Double?) {
    if let value { put(field, value) }
  }

  func put(_ field: Int, _ value: String) {
    var value = value
    value.withUTF8 { hrn_put_bytes(pointer, UInt32(field), $0.baseAddress, $0.count) }
  }

  /// Written only when not empty.
  func put(_ field: Int, unlessEmpty value: String) {
    if !value.utf8.isEmpty { put(field, value) }
  }

  func put(_ field: Int, _ values: [String]) {
    for value in values { put(field, value) }
  }

  /// Written only when not empty.
  func put(_ field: Int, unlessEmpty bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    bytes.withUnsafeBufferPointer { hrn_put_bytes(pointer, UInt32(field), $0.baseAddress, $0.count) }
  }

  /// Adds a message as the field's value.
  func put(_ field: Int, message fill: (MessageWriter) -> Void) {
    fill(MessageWriter(hrn_put_child(pointer, UInt32(field))))
  }
}
