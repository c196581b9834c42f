import Foundation
import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

/// `hrn-parity` as people and scripts meet it: words, files, exit status.
@Suite struct ParityCommandTests {
  @Test func helpIsTheGolden() throws {
    let result = try runCommand("hrn-parity", ["--help"])
    #expect(result.status == 0 && result.errors == "")
    let expected = try golden("hrn-parity-help.txt", result.output)
    #expect(result.output == expected)
  }

  @Test func errorsAreTheGolden() throws {
    let folder = try Self.folder()
    try folder.write(Array(try folder.bytes(of: "model.hrn").dropLast(100)), to: "cut.hrn")
    try FileManager.default.createDirectory(atPath: folder.file("empty"), withIntermediateDirectories: false)
    let before = folder.listing
    var text = ""
    for (words, status) in Self.errors {
      let result = try runCommand("hrn-parity", words.split(separator: " ").map(String.init), in: folder.path)
      #expect(result.status == status, "\(words)")
      #expect(result.output == "", "\(words)")
      #expect(result.errors.hasPrefix("hrn-parity: "), "\(words)")
      text += "$ hrn-parity \(words)\n\(result.errors)→ \(result.status)\n\n"
    }
    #expect(folder.listing == before)
    let expected = try golden("hrn-parity-errors.txt", text)
    #expect(text == expected)
  }

  private static let errors: [(words: String, status: Int32)] = [
    ("", 64), ("model.hrn", 64), ("model.hrn model.hrn", 64), ("model.hrn model.hrn --images . --limit 0", 64),
    ("model.hrn model.hrn --images . --threads 0", 64), ("model.hrn model.hrn --images . --policy strict", 64),
    ("model.hrn model.hrn --images . --split both", 64), ("missing.hrn model.hrn --images .", 66),
    ("model.hrn missing.hrn --images .", 66), ("empty model.hrn --images .", 66), ("cut.hrn model.hrn --images .", 65),
    ("model.hrn model.hrn --images missing", 66), ("model.hrn model.hrn --images empty", 65),
    ("model.hrn model.hrn --images model.hrn", 65), ("model.hrn model.hrn --images . --certify", 64),
    ("model.hrn model.hrn --images t10k-images-idx3-ubyte --split test", 64),
  ]

  @Test func theAnswerIsTheStatus() throws {
    let folder = try Self.folder()
    let same = try runCommand("hrn-parity", ["model.hrn", "model.hrn", "--images", "."], in: folder.path)
    #expect(same.status == 0 && same.errors == "", "\(same.errors)")
    #expect(same.output.contains("\nPASS mlperf-99: "))
    let other = try runCommand("hrn-parity", ["model.hrn", "contrary.hrn", "--images", "."], in: folder.path)
    #expect(other.status == 1 && other.errors == "", "\(other.errors)")
    #expect(other.output.contains("\nFAIL mlperf-99: "))
  }

  @Test func aTrainedNetworkIsNotJudgedByACompiledOne() throws {
    let folder = try Self.folder()
    #expect(try runCommand("hrn-compile", ["model.hrn", "--quiet"], in: folder.path).status == 0)
    let result = try runCommand("hrn-parity", ["model.float32.hrn", "model.hrn", "--images", "."], in: folder.path)
    #expect(result.status == 64 && result.output == "")
    #expect(
      result.errors
        == "hrn-parity: model.hrn: is a trained network, and model.float32.hrn is compiled; name the trained one first\n"
    )
  }

  @Test func reportIsJSONOnRequest() throws {
    let folder = try Self.folder()
    let words = ["model.hrn", "model.hrn", "--images", ".", "--json", "--limit", "5", "--per-node", "--threads", "2"]
    let result = try runCommand("hrn-parity", words, in: folder.path)
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any], "\(result.errors)")
    #expect(json["passed"] as? Bool == true)
    #expect((json["images"] as? [String: Any])?["count"] as? Int == 5)
    #expect((json["nodes"] as? [Any])?.isEmpty == false)
  }

  @Test func aCompiledModelIsCertified() throws {
    let folder = try Self.folder()
    let compiled = try runCommand("hrn-compile", ["model.hrn", "--calibrate", ".", "--quiet"], in: folder.path)
    #expect(compiled.status == 0, "\(compiled.errors)")
    let before = try folder.bytes(of: "model.int8.hrn")
    let words = ["model.hrn", "model.int8.hrn", "--images", ".", "--split", "train"]
    let plain = try runCommand("hrn-parity", words, in: folder.path)
    #expect(try folder.bytes(of: "model.int8.hrn") == before)
    let certified = try runCommand("hrn-parity", words + ["--certify"], in: folder.path)
    #expect(certified.status == plain.status && certified.output == plain.output, "\(certified.errors)")
    let file = try ModelFile(bytes: folder.bytes(of: "model.int8.hrn"))
    let certificate = try #require(file.certificate)
    #expect(certificate.passed == (certified.status == 0) && certificate.images == 12)
    try file.verifyDigest()
  }

  /// A model, the same model with its leaf head turned round, and pictures in both halves.
  private static func folder() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    var graph = hrnGraph(levels: [2, 4], width: 16, features: 8, embedding: 8, imageSize: 12, channels: 1)
    try folder.write(encoded(graph), to: "model.hrn")
    let head = try #require(graph.node(named: "level2.leaf-head"))
    for parameter in head.parameters {
      graph.constants[parameter] = .float32(try #require(graph.floats(of: parameter)).map { -$0 })
    }
    try folder.write(encoded(graph), to: "contrary.hrn")
    var random = SeededGenerator(seed: 5)
    for half in ["t10k", "train"] {
      let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 12, 0, 0, 0, 12, 0, 0, 0, 12]
      let pixels = (0..<12 * 144).map { _ in UInt8.random(in: 0...255, using: &random) }
      try folder.write(header + pixels, to: half + "-images-idx3-ubyte")
    }
    return folder
  }

  private static func encoded(_ graph: Graph) throws -> [UInt8] {
    let source = graph.encodedAsSource()
    return try ModelWriter.encode(source.graph, weights: source.weights)
  }
}
