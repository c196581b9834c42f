import Testing

@testable import HRNImport

private func parse(_ text: String) throws(JSONError) -> JSON {
  try JSON(parsing: [UInt8](text.utf8))
}

private func error(_ bytes: [UInt8], limits: JSON.Limits = JSON.Limits()) -> JSONError? {
  do throws(JSONError) {
    _ = try JSON(parsing: bytes, limits: limits)
    return nil
  } catch {
    return error
  }
}

struct JSONTests {
  @Test func readsEveryKindOfValue() throws {
    let text =
      #" {"a": [1, -2.5e1, true, false, null], "b": {"": "x\n\"\u00e9\ud83d\ude00"}, "big": 1e3} "#
    let value = try parse(text)
    #expect(
      value
        == .object([
          JSON.Member("a", .array([.integer(1), .number(-25), .bool(true), .bool(false), .null])),
          JSON.Member("b", .object([JSON.Member("", .string("x\n\"é😀"))])),
          JSON.Member("big", .number(1000)),
        ]))
    #expect(value["b"]?[""] == .string("x\n\"é😀"))
    #expect(try parse("9223372036854775807") == .integer(.max))
    #expect(try parse("9223372036854775808") == .number(9_223_372_036_854_775_808))
    #expect(try parse("[]") == .array([]))
  }

  @Test(arguments: [
    ("", JSONError.Fault.truncated, 0), ("[1", .truncated, 2), ("{\"a\"", .truncated, 4),
    ("\"a", .truncated, 2),
    ("tru", .truncated, 3), ("-", .truncated, 1), ("1.", .truncated, 2), ("\"\\u00", .truncated, 5),
    ("[1,]", .expected("a value"), 3), ("{,}", .expected("a key in quotation marks"), 1),
    ("{\"a\" 1}", .expected("a colon"), 5), ("[1 2]", .expected("a comma or ]"), 3),
    ("trux", .expected("a value"), 0),
    ("{'a': 1}", .expected("a key in quotation marks"), 1), ("NaN", .expected("a value"), 0),
    ("01", .number, 0), ("-x", .number, 0), ("1.e5", .number, 0), ("1e999", .number, 0),
    ("1 2", .trailing, 2),
    ("{\"a\":1,\"\\u0061\":2}", .duplicateKey("a"), 7), ("\"\\x\"", .text, 1),
    ("\"a\u{1}\"", .text, 2),
    ("\"\\ud800\"", .text, 1), ("\"\\ud800\\u0041\"", .text, 1), ("\"\\udc00\"", .text, 1),
    ("\u{FEFF}1", .expected("a value"), 0),
  ]) func refusesWhatIsNotJSON(text: String, fault: JSONError.Fault, offset: Int) throws {
    let found = try #require(error([UInt8](text.utf8)))
    #expect(found.fault == fault)
    #expect(found.offset == offset)
  }

  @Test func refusesTextThatIsNotUTF8() throws {
    for bytes: [UInt8] in [
      [0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82],
    ] {
      #expect(error([0x22] + bytes + [0x22])?.fault == .text)
    }
  }

  @Test func boundsDepthCountAndLength() {
    let deep = [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)
    #expect(error(deep)?.fault == .tooDeep(limit: 32))
    var limits = JSON.Limits(bytes: 8)
    #expect(error([UInt8]("[1,2,3,4]".utf8), limits: limits)?.fault == .tooLong(found: 9, limit: 8))
    limits.values = 3
    #expect(error([UInt8]("[1,2,3]".utf8), limits: limits)?.fault == .tooMany(limit: 3))
  }

  @Test func saysWhereInLinesAndColumns() throws {
    let found = try #require(error([UInt8]("{\n  \"a\": 1,\n  \"a\": 2\n}".utf8)))
    #expect(found.message == "line 3, column 3: the key 'a' is given twice")
  }
}
