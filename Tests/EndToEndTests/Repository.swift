import Foundation
import HRNFormat
import HRNTestSupport

/// Where the tests find the trained models and the data they were trained for.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func model(_ name: String) -> String { root.appendingPathComponent("Models/\(name)/\(name).hrn").path }

  static var pictures: [String] {
    let folder = root.appendingPathComponent("Models/fashion-hrn50/pictures")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.sorted().map { folder.appendingPathComponent($0).path }
  }

  /// Debian's `dataset-fashion-mnist`, which `Tools/setup` installs.
  static let fashion = "/usr/share/datasets/fashion-mnist"
}

/// The trained models compiled once for all tests of this process.
final class CompiledModels: Sendable {
  static let shared = Result { try CompiledModels() }

  let folder: ScratchFolder

  private init() throws {
    folder = try ScratchFolder()
    for name in ["tiny-hrn", "fashion-hrn18-xs", "fashion-hrn50"] {
      try compile(name, ["--precision", "float32"], to: float32(name))
    }
    let training = Repository.fashion + "/train-images-idx3-ubyte.gz"
    for name in ["tiny-hrn", "fashion-hrn18-xs"] {
      try compile(name, ["--calibrate", training, "--limit", "64"], to: int8(name))
    }
  }

  func float32(_ name: String) -> String { folder.file("\(name).float32.hrn") }
  func int8(_ name: String) -> String { folder.file("\(name).int8.hrn") }

  private func compile(_ name: String, _ options: [String], to output: String) throws {
    let result = try runCommand("hrn-compile", [Repository.model(name), "-o", output] + options)
    guard result.status == 0 else { throw Failure(words: "hrn-compile \(name): \(result.status) \(result.errors)") }
  }

  struct Failure: Error {
    var words: String
  }
}
