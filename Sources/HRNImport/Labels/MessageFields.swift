import HRNFormat

/// The members of a JSON object as the fields of a message of the schema, by protobuf's JSON mapping: a field goes by
/// its JSON name (`colorOrder`) or by its name in the schema (`color_order`), and `null` is as good as absent.
struct MessageFields {
  /// Where in the text it is, for messages: `resize`.
  private let place: String
  private var members: [JSON.Member]

  init(_ json: JSON, at place: String = "") throws(MappingError) {
    guard case .object(let members) = json else {
      throw MappingError(place: place, found: json.kind, expected: "an object")
    }
    self.place = place
    self.members = members
  }

  /// The value of a field, which is then read.
  mutating func take(_ name: String) throws(MappingError) -> JSON? {
    let names = [Self.jsonName(name), name]
    guard let index = members.firstIndex(where: { names.contains($0.key) }) else { return nil }
    let value = members.remove(at: index).value
    if members.contains(where: { names.contains($0.key) }) {
      throw MappingError(place: path(name), found: "both spellings of it", expected: "one")
    }
    return value == .null ? nil : value
  }

  mutating func required<Value>(
    _ name: String, _ read: (inout MessageFields, String) throws(MappingError) -> Value?
  ) throws(MappingError) -> Value {
    guard let value = try read(&self, name) else {
      throw MappingError(place: path(name), found: "nothing", expected: "a value")
    }
    return value
  }

  mutating func integer(_ name: String) throws(MappingError) -> Int? {
    try take(name).map { (value) throws(MappingError) in try Self.integer(value, at: path(name)) }
  }

  mutating func number(_ name: String) throws(MappingError) -> Float? {
    try take(name).map { (value) throws(MappingError) in try Self.number(value, at: path(name)) }
  }

  mutating func flag(_ name: String) throws(MappingError) -> Bool? {
    guard let value = try take(name) else { return nil }
    guard case .bool(let flag) = value else { throw fault(name, value, "true or false") }
    return flag
  }

  mutating func text(_ name: String) throws(MappingError) -> String? {
    guard let value = try take(name) else { return nil }
    guard case .string(let text) = value else { throw fault(name, value, "text") }
    return text
  }

  mutating func message(_ name: String) throws(MappingError) -> MessageFields? {
    try take(name).map { (value) throws(MappingError) in try MessageFields(value, at: path(name)) }
  }

  mutating func integers(_ name: String) throws(MappingError) -> [Int] {
    try list(name) { (value, place) throws(MappingError) in try Self.integer(value, at: place) }
  }

  mutating func numbers(_ name: String) throws(MappingError) -> [Float] {
    try list(name) { (value, place) throws(MappingError) in try Self.number(value, at: place) }
  }

  mutating func texts(_ name: String) throws(MappingError) -> [String] {
    try list(name) { (value, place) throws(MappingError) in
      guard case .string(let text) = value else {
        throw MappingError(place: place, found: value.kind, expected: "text")
      }
      return text
    }
  }

  mutating func messages(_ name: String) throws(MappingError) -> [MessageFields] {
    try list(name) { (value, place) throws(MappingError) in try MessageFields(value, at: place) }
  }

  /// An enumerator, by its name in the schema or its number.
  mutating func enumerator<Value: RawRepresentable<Int32>>(
    _ name: String, _ names: KeyValuePairs<String, Value>
  ) throws(MappingError) -> Value? {
    guard let value = try take(name) else { return nil }
    switch value {
    case .string(let text):
      if let found = names.first(where: { $0.key == text }) { return found.value }
      throw MappingError(
        place: path(name), found: "'\(text.printable)'", expected: names.map(\.key).joined(separator: " or "))
    case .integer(let number):
      if let found = names.first(where: { Int($0.value.rawValue) == number }) { return found.value }
      throw MappingError(place: path(name), found: "\(number)", expected: names.map(\.key).joined(separator: " or "))
    default: throw fault(name, value, names.map(\.key).joined(separator: " or "))
    }
  }

  /// - Throws: `MappingError` where members are left that no field goes by.
  func finish() throws(MappingError) {
    guard let member = members.first else { return }
    throw MappingError(place: path(member.key.printable), found: "it", expected: "only fields of the schema")
  }

  // MARK: Parts

  private func path(_ name: String) -> String { place.isEmpty ? name : "\(place).\(name)" }

  private func fault(_ name: String, _ value: JSON, _ expected: String) -> MappingError {
    MappingError(place: path(name), found: value.kind, expected: expected)
  }

  private mutating func list<Value>(
    _ name: String, _ read: (JSON, String) throws(MappingError) -> Value
  ) throws(MappingError) -> [Value] {
    guard let value = try take(name) else { return [] }
    guard case .array(let elements) = value else { throw fault(name, value, "a list") }
    var values: [Value] = []
    for (index, element) in elements.enumerated() { values.append(try read(element, "\(path(name))[\(index)]")) }
    return values
  }

  private static func integer(_ value: JSON, at place: String) throws(MappingError) -> Int {
    if case .integer(let integer) = value, (0...Int(UInt32.max)).contains(integer) { return integer }
    let found = if case .integer(let integer) = value { "\(integer)" } else { value.kind }
    throw MappingError(place: place, found: found, expected: "a whole number from 0 to \(UInt32.max)")
  }

  private static func number(_ value: JSON, at place: String) throws(MappingError) -> Float {
    switch value {
    case .integer(let integer): return Float(integer)
    case .number(let number) where Float(number).isFinite: return Float(number)
    default: throw MappingError(place: place, found: value.kind, expected: "a number that float32 holds")
    }
  }

  /// `color_order` to `colorOrder`.
  private static func jsonName(_ name: String) -> String {
    let words = name.split(separator: "_")
    return words.dropFirst().reduce(String(words[0])) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
  }
}

/// What a JSON text says in the place of a message's field.
package struct MappingError: Error, Equatable, Sendable {
  package var place: String
  package var found: String
  package var expected: String

  package var message: String { (place.isEmpty ? "" : "\(place): ") + "found \(found), expected \(expected)" }
}
