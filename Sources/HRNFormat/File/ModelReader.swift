import CHRNSchema

/// Takes the messages out of a file's bytes.
enum ModelReader {
  /// Memory that a message may take once unpacked. A graph of 16 MiB has room for its names and numbers, but not for
  /// millions of empty messages.
  static let memoryBudget = 64 << 20

  /// Checks the canonical form of the message at `range` and its digest, unpacks it and hands it to `decode`.
  ///
  /// The three look at one copy: the bytes of a mapped file may be changed under a reader by whoever can write it.
  static func read<Value>(
    _ message: Int, at range: Range<Int>, of bytes: UnsafeRawBufferPointer, digest: [UInt8]? = nil,
    _ decode: (MessageReader) throws(FormatError) -> Value
  ) throws(FormatError) -> Value {
    let tooLarge = FormatError.wire(
      offset: range.lowerBound, WireFault(reason: .memory, messageType: message, field: 0, value: UInt64(range.count)))
    guard range.count <= memoryBudget else { throw tooLarge }
    let storage = ModelBytes(copying: UnsafeRawBufferPointer(rebasing: bytes[range]))
    let copy = storage.bytes
    let start = copy.baseAddress?.assumingMemoryBound(to: UInt8.self)
    var fault = hrn_wire_fault()
    guard hrn_wire_check(Int32(message), start, range.count, memoryBudget, &fault) != 0 else {
      throw .wire(offset: range.lowerBound + Int(fault.offset), WireFault(fault))
    }
    if let digest, SHA256.digest(copy) != digest { throw .digest(.graph) }
    guard let unpacked = hrn_message_unpack(Int32(message), start, range.count, memoryBudget) else { throw tooLarge }
    defer { hrn_message_free(unpacked) }
    return try decode(MessageReader(pointer: unpacked, message: message))
  }

  static func digest(at range: Range<Int>, of bytes: UnsafeRawBufferPointer) throws(FormatError) -> Digest {
    let digest = try read(HRN_MESSAGE_DIGEST, at: range, of: bytes) { reader throws(FormatError) in
      Digest(
        graph: reader.bytes(HRN_DIGEST_GRAPH_SHA256), weights: reader.bytes(HRN_DIGEST_WEIGHTS_SHA256))
    }
    for part in [digest.graph, digest.weights] where part.count != SHA256.byteCount {
      throw .container(offset: range.lowerBound, .digestLength(found: part.count))
    }
    return digest
  }
}

extension WireFault {
  init(_ fault: hrn_wire_fault) {
    guard let reason = Reason(rawValue: fault.reason.rawValue) else {
      preconditionFailure("hrn_wire_check gives a reason for every refusal")
    }
    self.init(reason: reason, messageType: Int(fault.message), field: Int(fault.field), value: fault.value)
  }
}
