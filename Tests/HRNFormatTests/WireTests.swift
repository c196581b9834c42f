import CHRNSchema
import HRNFormat
import Testing

/// The canonical form of messages, and what happens when memory runs out.
struct WireTests {
  private func check(_ message: Int, _ bytes: [UInt8], budget: Int = 1 << 20) -> hrn_wire_fault {
    var fault = hrn_wire_fault()
    let isSound = hrn_wire_check(Int32(message), bytes, bytes.count, budget, &fault)
    #expect((isSound != 0) == (fault.reason == HRN_WIRE_OK))
    return fault
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let message: Int
    let bytes: [UInt8]
    let reason: hrn_wire_reason
    let field: UInt32
    let offset: UInt64

    init(_ name: String, _ message: Int, _ bytes: [UInt8], _ reason: hrn_wire_reason, _ field: Int, _ offset: UInt64) {
      self.name = name
      self.message = message
      self.bytes = bytes
      self.reason = reason
      self.field = UInt32(field)
      self.offset = offset
    }

    var testDescription: String { name }
  }

  static let tensor = HRN_MESSAGE_TENSOR
  static let cases: [Case] = [
    Case("a canonical tensor", tensor, [0x0A, 1, 0x78, 0x10, 1, 0x1A, 2, 1, 3], HRN_WIRE_OK, 0, 0),
    Case("an empty message", tensor, [], HRN_WIRE_OK, 0, 0),
    Case("a descending field", tensor, [0x10, 1, 0x0A, 1, 0x78], HRN_WIRE_ORDER, 1, 2),
    Case("a field twice", tensor, [0x10, 1, 0x10, 2], HRN_WIRE_REPEATED, 2, 2),
    Case("a packed field in two parts", tensor, [0x1A, 1, 1, 0x1A, 1, 3], HRN_WIRE_REPEATED, 3, 3),
    Case("an unpacked element", tensor, [0x18, 1], HRN_WIRE_TYPE, 3, 0),
    Case("an empty packed field", tensor, [0x1A, 0], HRN_WIRE_PACKED, 3, 2),
    Case("a packed varint cut off", tensor, [0x1A, 1, 0x80], HRN_WIRE_TRUNCATED, 3, 2),
    Case("a packed element beyond 32 bits", tensor, [0x1A, 5, 0x80, 0x80, 0x80, 0x80, 0x10], HRN_WIRE_RANGE, 3, 2),
    Case("an element that is not minimal", tensor, [0x1A, 2, 0x81, 0x00], HRN_WIRE_VARINT, 3, 2),
    Case("an unknown field", tensor, [0x48, 1], HRN_WIRE_UNKNOWN_FIELD, 9, 0),
    Case("field zero", tensor, [0x00, 1], HRN_WIRE_UNKNOWN_FIELD, 0, 0),
    Case("a field number beyond 32 bits", tensor, [0x80, 0x80, 0x80, 0x80, 0x80, 0x02], HRN_WIRE_UNKNOWN_FIELD, 0, 0),
    Case("a tag that is not minimal", tensor, [0x90, 0x00, 1], HRN_WIRE_VARINT, 0, 0),
    Case("an enumerator of zero", tensor, [0x10, 0], HRN_WIRE_ENUMERATOR, 2, 1),
    Case("an unknown enumerator", tensor, [0x10, 6], HRN_WIRE_ENUMERATOR, 2, 1),
    Case(
      "a negative enumerator", tensor, [0x10] + [UInt8](repeating: 0xFF, count: 9) + [1], HRN_WIRE_ENUMERATOR, 2, 1),
    Case("a string cut off", tensor, [0x0A, 4, 0x78], HRN_WIRE_TRUNCATED, 1, 1),
    Case("a string with NUL", tensor, [0x0A, 3, 0x78, 0, 0x79], HRN_WIRE_TEXT, 1, 3),
    Case("a lone continuation byte", tensor, [0x0A, 1, 0x80], HRN_WIRE_TEXT, 1, 2),
    Case("an overlong slash", tensor, [0x0A, 2, 0xC0, 0xAF], HRN_WIRE_TEXT, 1, 2),
    Case("an overlong in three bytes", tensor, [0x0A, 3, 0xE0, 0x9F, 0xBF], HRN_WIRE_TEXT, 1, 2),
    Case("a surrogate", tensor, [0x0A, 3, 0xED, 0xA0, 0x80], HRN_WIRE_TEXT, 1, 2),
    Case("beyond Unicode", tensor, [0x0A, 4, 0xF4, 0x90, 0x80, 0x80], HRN_WIRE_TEXT, 1, 2),
    Case("a character cut off", tensor, [0x0A, 2, 0xE2, 0x82], HRN_WIRE_TEXT, 1, 2),
    Case("characters of all lengths", tensor, [0x0A, 10] + [UInt8]("zß水🐟".utf8), HRN_WIRE_OK, 0, 0),
    Case("the wrong wire type for text", tensor, [0x08, 1], HRN_WIRE_TYPE, 1, 0),
    Case("a group", tensor, [0x23], HRN_WIRE_TYPE, 4, 0),
    Case("a float cut off", HRN_MESSAGE_BATCH_NORM, [0x0D, 0, 0, 0], HRN_WIRE_TRUNCATED, 1, 1),
    Case("a float as a double", HRN_MESSAGE_BATCH_NORM, [0x09, 0, 0, 0, 0, 0, 0, 0, 0], HRN_WIRE_TYPE, 1, 0),
    Case("packed floats with a rest", HRN_MESSAGE_QUANTIZATION, [0x0A, 5, 0, 0, 0, 0, 0], HRN_WIRE_PACKED, 1, 2),
    Case("a bool of two", HRN_MESSAGE_OUTPUT, [0x28, 2], HRN_WIRE_RANGE, 5, 1),
    Case("a 64-bit number", HRN_MESSAGE_REGION, [0x08] + [UInt8](repeating: 0xFF, count: 9) + [1], HRN_WIRE_OK, 0, 0),
    Case(
      "a number beyond 64 bits", HRN_MESSAGE_REGION, [0x08] + [UInt8](repeating: 0xFF, count: 9) + [2],
      HRN_WIRE_VARINT, 1, 1),
    Case(
      "a varint of eleven bytes", HRN_MESSAGE_REGION, [0x08] + [UInt8](repeating: 0x80, count: 10) + [1],
      HRN_WIRE_VARINT, 1, 1),
    Case("two operations", HRN_MESSAGE_NODE, [0x9A, 1, 0, 0xAA, 1, 0], HRN_WIRE_ONEOF, 21, 3),
    Case("one operation twice", HRN_MESSAGE_NODE, [0xBA, 1, 0, 0xBA, 1, 0], HRN_WIRE_REPEATED, 23, 3),
    Case("a fault inside a message", HRN_MESSAGE_GRAPH, [0x2A, 2, 0x48, 1], HRN_WIRE_UNKNOWN_FIELD, 9, 2),
    Case("a message that ends past its parent", HRN_MESSAGE_GRAPH, [0x2A, 3, 0x0A, 5, 0x78], HRN_WIRE_TRUNCATED, 1, 3),
  ]

  @Test(arguments: cases) func checksTheCanonicalForm(_ test: Case) {
    let fault = check(test.message, test.bytes)
    #expect(fault.reason == test.reason)
    guard test.reason != HRN_WIRE_OK else { return }
    #expect(fault.field == test.field)
    #expect(fault.offset == test.offset)
  }

  @Test func boundsTheMemoryOfManyEmptyMessages() {
    let nodes = [UInt8](repeating: 0, count: 2 << 20).enumerated().map { $0.offset % 2 == 0 ? UInt8(0x32) : 0 }
    #expect(check(HRN_MESSAGE_GRAPH, nodes, budget: 64 << 20).reason == HRN_WIRE_BUDGET)
  }

  /// What passes the check with a budget can be unpacked within it.
  @Test func theCheckForeseesTheMemoryOfUnpacking() throws {
    for sample in Sample.allCases {
      let bytes = try graphBytes(sample)
      var budget = 1
      while check(HRN_MESSAGE_GRAPH, bytes, budget: budget).reason == HRN_WIRE_BUDGET { budget *= 2 }
      var low = budget / 2
      while low + 1 < budget {
        let middle = (low + budget) / 2
        if check(HRN_MESSAGE_GRAPH, bytes, budget: middle).reason == HRN_WIRE_OK {
          budget = middle
        } else {
          low = middle
        }
      }
      let message = hrn_message_unpack(Int32(HRN_MESSAGE_GRAPH), bytes, bytes.count, budget)
      #expect(message != nil)
      hrn_message_free(message)
    }
  }

  /// Every allocation may fail; nothing is leaked or touched twice (run with --sanitize=address to know).
  @Test func unpackingEndsCleanlyWhereverMemoryRunsOut() throws {
    let bytes = try graphBytes(.int8)
    var failures = 0
    for budget in stride(from: 0, to: 1 << 20, by: 40) {
      guard let message = hrn_message_unpack(Int32(HRN_MESSAGE_GRAPH), bytes, bytes.count, budget) else {
        failures += 1
        continue
      }
      hrn_message_free(message)
      break
    }
    #expect(failures > 100)
  }

  @Test func repacksEveryMessageToTheSameBytes() throws {
    for sample in Sample.allCases {
      let bytes = try graphBytes(sample)
      let message = try #require(hrn_message_unpack(Int32(HRN_MESSAGE_GRAPH), bytes, bytes.count, 64 << 20))
      var packed = [UInt8](repeating: 0, count: hrn_packed_size(message))
      hrn_pack(message, &packed)
      hrn_message_free(message)
      #expect(packed == bytes)
    }
  }

  private func graphBytes(_ sample: Sample) throws -> [UInt8] {
    try ModelFile(bytes: sample.bytes()).graphMessage
  }
}
