/// Reads JSON by the grammar of RFC 8259 and nothing beyond it.
struct JSONReader {
  private let text: UnsafeRawBufferPointer
  private let limits: JSON.Limits
  private var position = 0
  private var values = 0

  init(_ text: UnsafeRawBufferPointer, limits: JSON.Limits) {
    self.text = text
    self.limits = limits
  }

  mutating func whole() throws(JSONError) -> JSON {
    guard text.count <= limits.bytes else { throw error(.tooLong(found: text.count, limit: limits.bytes)) }
    skipSpace()
    let value = try value(depth: 0)
    skipSpace()
    guard position == text.count else { throw error(.trailing) }
    return value
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSON {
    values += 1
    guard values <= limits.values else { throw error(.tooMany(limit: limits.values)) }
    guard depth < limits.depth else { throw error(.tooDeep(limit: limits.depth)) }
    guard let byte = peek else { throw error(.truncated) }
    switch byte {
    case UInt8(ascii: "{"): return .object(try members(depth: depth))
    case UInt8(ascii: "["): return .array(try elements(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: throw error(.expected("a value"))
    }
  }

  private mutating func members(depth: Int) throws(JSONError) -> [JSON.Member] {
    position += 1
    skipSpace()
    var members: [JSON.Member] = []
    if take(UInt8(ascii: "}")) { return members }
    var keys: Set<String> = []
    while true {
      guard peek == UInt8(ascii: "\"") else { throw error(orTruncated: .expected("a key in quotation marks")) }
      let start = position
      let key = try string()
      guard keys.insert(key).inserted else { throw error(.duplicateKey(key), at: start) }
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw error(orTruncated: .expected("a colon")) }
      skipSpace()
      members.append(JSON.Member(key, try value(depth: depth + 1)))
      skipSpace()
      if take(UInt8(ascii: "}")) { return members }
      guard take(UInt8(ascii: ",")) else { throw error(orTruncated: .expected("a comma or }")) }
      skipSpace()
    }
  }

  private mutating func elements(depth: Int) throws(JSONError) -> [JSON] {
    position += 1
    skipSpace()
    var elements: [JSON] = []
    if take(UInt8(ascii: "]")) { return elements }
    while true {
      elements.append(try value(depth: depth + 1))
      skipSpace()
      if take(UInt8(ascii: "]")) { return elements }
      guard take(UInt8(ascii: ",")) else { throw error(orTruncated: .expected("a comma or ]")) }
      skipSpace()
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
    let start = position
    for index in 0..<word.utf8CodeUnitCount {
      guard take(word.utf8Start[index]) else {
        throw position == text.count ? error(.truncated) : error(.expected("a value"), at: start)
      }
    }
    return value
  }

  /// An optional minus, digits without a leading zero, an optional fraction, an optional exponent.
  private mutating func number() throws(JSONError) -> JSON {
    let start = position
    var isWhole = true
    _ = take(UInt8(ascii: "-"))
    let isZero = peek == UInt8(ascii: "0")
    let digits = skipDigits()
    guard digits > 0 else { throw error(orTruncated: .number, at: start) }
    guard !isZero || digits == 1 else { throw error(.number, at: start) }
    if take(UInt8(ascii: ".")) {
      isWhole = false
      guard skipDigits() > 0 else { throw error(orTruncated: .number, at: start) }
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      isWhole = false
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      guard skipDigits() > 0 else { throw error(orTruncated: .number, at: start) }
    }
    let digitText = String(decoding: text[start..<position], as: UTF8.self)
    if isWhole, let integer = Int(digitText) { return .integer(integer) }
    guard let number = Double(digitText), number.isFinite else { throw error(.number, at: start) }
    return .number(number)
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    return position - start
  }

  private mutating func string() throws(JSONError) -> String {
    let start = position
    position += 1
    var bytes: [UInt8] = []
    while true {
      guard let byte = peek else { throw error(.truncated) }
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: bytes, as: UTF8.self) else { throw error(.text, at: start) }
        return string
      case UInt8(ascii: "\\"): try appendEscape(to: &bytes)
      case 0..<0x20: throw error(.text, at: position - 1)
      default: bytes.append(byte)
      }
    }
  }

  private mutating func appendEscape(to bytes: inout [UInt8]) throws(JSONError) {
    let start = position - 1
    guard let byte = peek else { throw error(.truncated) }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0C)
    case UInt8(ascii: "n"): bytes.append(0x0A)
    case UInt8(ascii: "r"): bytes.append(0x0D)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "u"):
      var unit = try hexadecimal(from: start)
      if (0xD800..<0xDC00).contains(unit) {
        guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw error(orTruncated: .text, at: start) }
        let low = try hexadecimal(from: start)
        guard (0xDC00..<0xE000).contains(low) else { throw error(.text, at: start) }
        unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(unit) else { throw error(.text, at: start) }
      bytes.append(contentsOf: String(Character(scalar)).utf8)
    default: throw error(.text, at: start)
    }
  }

  private mutating func hexadecimal(from start: Int) throws(JSONError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek else { throw error(.truncated) }
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw error(.text, at: start)
      }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }

  private var peek: UInt8? { position < text.count ? text[position] : nil }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
  }

  private func error(orTruncated fault: JSONError.Fault, at offset: Int? = nil) -> JSONError {
    position == text.count ? error(.truncated) : error(fault, at: offset)
  }

  private func error(_ fault: JSONError.Fault, at offset: Int? = nil) -> JSONError {
    let offset = offset ?? position
    let before = text[..<offset]
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let line = before.reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
    return JSONError(offset: offset, line: line, column: offset - lineStart + 1, fault: fault)
  }
}
