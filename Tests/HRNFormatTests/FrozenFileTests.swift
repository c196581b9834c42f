import Foundation
import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

/// Files as released versions wrote them, kept for ever: every later version reads them, with the same meaning.
struct FrozenFileTests {
  static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Frozen")

  static let files = [
    "1-source", "1-float32", "1-int8", "2-branches", "2-branchesFloat32", "2-branchesInt8", "3-avx2",
    "4-bfloat16", "4-winograd8", "5-bfloat16Picture", "5-winograd16",
  ]

  /// A file name is the version and what the file is.
  @Test(arguments: files) func isReadAndMeansWhatItMeant(_ name: String) throws {
    let path = Self.directory.appending(path: name + ".hrn").path(percentEncoded: false)
    let file = try ModelFile(path: path)
    try file.verifyDigest()
    try file.verifyWeights()
    #expect(file.graph.tree?.levels.map(\.labels) == [["bird", "fish"], ["wren", "crow", "carp"]])
    #expect(file.graph.recipe?.crop == Recipe.Size(width: 3, height: 4))
    #expect(try goldenDifference(file.graph.text(namesNodes: true), "frozen-\(name).txt") == nil)
    #expect(file.certificate == (file.graph.stage == .source ? nil : FileRoundTripTests.certificate))
  }

  /// Writes this version's files: `HRN_WRITE_FROZEN=1 swift test --filter writesTheFilesOfThisVersion`, once per version.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["HRN_WRITE_FROZEN"] == "1"), arguments: Sample.allCases)
  func writesTheFilesOfThisVersion(_ sample: Sample) throws {
    let model = try sample.model()
    guard model.graph.formatVersion == FormatVersion.current else { return }
    let bytes = try ModelWriter.encode(
      model.graph, weights: model.weights,
      certificate: model.graph.stage == .source ? nil : FileRoundTripTests.certificate)
    let path = Self.directory.appending(path: "\(FormatVersion.current)-\(sample).hrn").path(percentEncoded: false)
    try AtomicFile.publish(bytes, to: path, force: false)
  }

  /// Writing what was read gives the same bytes, as long as the version is the current one.
  @Test(arguments: files) func isWrittenAgainAsItWas(_ name: String) throws {
    let bytes = [UInt8](try Data(contentsOf: Self.directory.appending(path: name + ".hrn")))
    let file = try ModelFile(bytes: bytes)
    let again = try ModelWriter.encode(file.graph, weights: file.weightsCopy, certificate: file.certificate)
    #expect(again == bytes)
  }
}

/// The model that the trainer exported, as it lies in Models.
struct TrainedModelTests {
  static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Models/tiny-hrn/tiny-hrn.hrn").path(percentEncoded: false)

  @Test func isReadAndSound() throws {
    let file = try ModelFile(path: Self.path)
    try file.verifyDigest()
    try file.verifyWeights()
    #expect(file.graph.stage == .source)
    #expect(file.graph.goldens.count == 8)
  }

  @Test func endsInAnErrorHoweverItIsDamaged() throws {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: Self.path)))
    let head = try bytes.count - ModelFile(bytes: bytes).weightsByteCount
    var damaged = bytes
    for index in 0..<head {
      damaged[index] ^= 1 << UInt8(index % 8)
      if let file = try? ModelFile(bytes: damaged), (try? file.verifyDigest()) != nil {
        Issue.record("bit \(index % 8) of byte \(index) was flipped and not noticed")
        return
      }
      damaged[index] = bytes[index]
    }
    for length in stride(from: 0, to: bytes.count, by: 61) {
      #expect(throws: FormatError.self) { try ModelFile(bytes: [UInt8](bytes[..<length])) }
    }
  }
}
