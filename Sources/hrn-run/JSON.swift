/// A line of JSON, written from left to right.
///
/// Numbers print with the fewest digits that read back as the same number; what JSON has no number for is null.
struct JSON {
  private(set) var bytes: [UInt8] = []
  private var needsComma = false

  /// Writes an object; `body` writes keys, each followed by its value.
  mutating func object(_ body: (inout JSON) -> Void) { enclose(0x7B, 0x7D, body) }

  /// Writes an array; `body` writes its elements.
  mutating func array(_ body: (inout JSON) -> Void) { enclose(0x5B, 0x5D, body) }

  mutating func key(_ name: String) {
    string(name)
    bytes.append(0x3A)
    needsComma = false
  }

  mutating func string(_ text: String) {
    separate()
    bytes.append(0x22)
    for byte in text.utf8 {
      switch byte {
      case 0x22, 0x5C: bytes += [0x5C, byte]
      case 0..<0x20, 0x7F: bytes += [0x5C, 0x75, 0x30, 0x30, Self.hexDigit(byte >> 4), Self.hexDigit(byte & 15)]
      default: bytes.append(byte)
      }
    }
    bytes.append(0x22)
  }

  mutating func number(_ value: Float) { raw(value.isFinite ? "\(value)" : "null") }
  mutating func number(_ value: Double) { raw(value.isFinite ? "\(value)" : "null") }
  mutating func number(_ value: Int) { raw("\(value)") }
  mutating func bool(_ value: Bool) { raw(value ? "true" : "false") }

  /// Writes a number that is spelled out already.
  mutating func raw(_ text: String) {
    separate()
    bytes += text.utf8
  }

  /// The line with its end.
  consuming func line() -> [UInt8] { bytes + [0x0A] }

  private mutating func enclose(_ open: UInt8, _ close: UInt8, _ body: (inout JSON) -> Void) {
    separate()
    bytes.append(open)
    needsComma = false
    body(&self)
    bytes.append(close)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(0x2C) }
    needsComma = true
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
}
