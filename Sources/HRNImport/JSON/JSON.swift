/// A JSON value (RFC 8259), as the strict reader gives it: every object's keys differ, and all text is UTF-8.
package enum JSON: Equatable, Sendable {
  case null
  case bool(Bool)
  /// A number without fraction and exponent that an `Int` holds.
  case integer(Int)
  /// Any other number; finite.
  case number(Double)
  case string(String)
  case array([JSON])
  /// The members in the order of the text.
  case object([Member])

  package struct Member: Equatable, Sendable {
    package var key: String
    package var value: JSON

    package init(_ key: String, _ value: JSON) {
      self.key = key
      self.value = value
    }
  }

  /// What may be read at most; beyond it the text is refused.
  package struct Limits: Sendable {
    /// Bytes of the text.
    package var bytes: Int
    /// Values in all, members and elements counted.
    package var values = 1 << 20
    /// Objects and arrays within each other.
    package var depth = 32

    package init(bytes: Int = 16 << 20) { self.bytes = bytes }
  }

  /// Reads one value that is the whole text, white space around it aside.
  package init(parsing text: UnsafeRawBufferPointer, limits: Limits = Limits()) throws(JSONError) {
    var reader = JSONReader(text, limits: limits)
    self = try reader.whole()
  }

  /// The same for a text in memory.
  package init(parsing text: [UInt8], limits: Limits = Limits()) throws(JSONError) {
    self = try text.withUnsafeBytes { bytes in
      Result { () throws(JSONError) in try JSON(parsing: bytes, limits: limits) }
    }.get()
  }

  /// The value of an object's member; nil where there is none, or this is no object.
  package subscript(key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// What kind of value it is, for messages: "an object", "text" and so on.
  package var kind: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .integer: "a whole number"
    case .number: "a number"
    case .string: "text"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

/// Why a text is not JSON, and where.
package struct JSONError: Error, Equatable, Sendable {
  /// The byte, from the text's beginning.
  package var offset: Int
  /// From 1; the column counts bytes.
  package var line: Int
  package var column: Int
  package var fault: Fault

  package enum Fault: Equatable, Sendable {
    /// The text ends inside a value.
    case truncated
    /// Something else stands where this was expected.
    case expected(String)
    /// A text that is not UTF-8, holds a raw control character, a bad escape, or half of a surrogate pair.
    case text
    /// A number that JSON does not know, such as 01, .5 or NaN, or that no Double holds.
    case number
    case duplicateKey(String)
    case trailing
    case tooDeep(limit: Int)
    case tooMany(limit: Int)
    case tooLong(found: Int, limit: Int)
  }

  /// Where and what, to follow the name of the text.
  package var message: String { "line \(line), column \(column): \(fault.message)" }
}

extension JSONError.Fault {
  var message: String {
    switch self {
    case .truncated: "the JSON text ends too early"
    case .expected(let what): "expected \(what)"
    case .text: "the text is not UTF-8, or holds a control character or an escape that JSON does not know"
    case .number: "is no JSON number, or one that is too large"
    case .duplicateKey(let key): "the key '\(key.printable)' is given twice"
    case .trailing: "expected the end of the text"
    case .tooDeep(let limit): "objects and lists lie within each other more than \(limit) deep"
    case .tooMany(let limit): "holds more than \(limit) values"
    case .tooLong(let found, let limit): "the text takes \(found) bytes, at most \(limit) are read"
    }
  }
}
