import Foundation

/// Compares a text with a file beside the test that asks; nil when they are equal, else the first line that differs.
///
/// `HRN_UPDATE_GOLDENS=1 swift test` writes the files anew; read the difference before committing it.
package func goldenDifference(_ text: String, _ name: String, beside test: String = #filePath) throws -> String? {
  let file = URL(filePath: test).deletingLastPathComponent().appending(path: "Goldens").appending(path: name)
  if ProcessInfo.processInfo.environment["HRN_UPDATE_GOLDENS"] == "1" {
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return nil
  }
  let expected = try String(contentsOf: file, encoding: .utf8)
  if text == expected { return nil }
  let found = text.split(separator: "\n", omittingEmptySubsequences: false)
  let lines = expected.split(separator: "\n", omittingEmptySubsequences: false)
  let line =
    zip(found, lines).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(found.count, lines.count)
  func at(_ lines: [Substring]) -> String { line < lines.count ? String(lines[line]) : "(end)" }
  return "\(name), line \(line + 1)\nfound:    \(at(found))\nexpected: \(at(lines))"
}
