/// A text with what would act on a terminal made visible: control characters, and those that turn the direction of
/// writing.
func escaped(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar.value {
    case 0x00..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069:
      result += "\\u{\(String(scalar.value, radix: 16))}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// A text followed by spaces up to a width in characters.
func padded(_ text: String, to width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.unicodeScalars.count))
}

/// A text behind spaces up to a width in characters.
func aligned(_ text: String, to width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.unicodeScalars.count)) + text
}

/// A share as a percentage with one digit behind the point.
func percent(_ share: Double) -> String {
  guard share.isFinite, abs(share) < 1e6 else { return share.isNaN ? "not a number" : "\(share)" }
  let tenths = Int((share * 1000).rounded())
  return "\(fixed(tenths, digits: 1)) %"
}

/// Nanoseconds as milliseconds with all digits.
func milliseconds(_ nanoseconds: Int64) -> String { fixed(Int(nanoseconds), digits: 6) }

/// Nanoseconds as milliseconds with two digits behind the point.
func roundedMilliseconds(_ nanoseconds: Int64) -> String { fixed((Int(nanoseconds) + 5_000) / 10_000, digits: 2) }

/// A whole number of units of which 10^digits make one.
private func fixed(_ units: Int, digits: Int) -> String {
  var divisor = 1
  for _ in 0..<digits { divisor *= 10 }
  let (whole, rest) = abs(units).quotientAndRemainder(dividingBy: divisor)
  let fraction = "\(rest)"
  return (units < 0 ? "-" : "") + "\(whole)." + String(repeating: "0", count: digits - fraction.utf8.count) + fraction
}
