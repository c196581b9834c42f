import Foundation

/// The text kept beside a test in `Goldens/`, or the text itself once it has been written there.
///
/// `HRN_UPDATE_GOLDENS=1 swift test` rewrites every golden with what the code gives now; `git diff` shows what changed.
package func golden(_ name: String, _ text: String, beside test: String = #filePath) throws -> String {
  let file = URL(fileURLWithPath: test).deletingLastPathComponent().appendingPathComponent("Goldens/\(name)")
  if ProcessInfo.processInfo.environment["HRN_UPDATE_GOLDENS"] == "1" {
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }
  return try String(contentsOf: file, encoding: .utf8)
}
