import Foundation
import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

/// `hrn-compile` as people and scripts meet it: words, files, exit status.
@Suite struct CompileCommandTests {
  @Test(arguments: ["", "inspect", "export-onnx", "passes", "ops"])
  func helpIsTheGolden(command: String) throws {
    let result = try runCommand("hrn-compile", (command.isEmpty ? [] : [command]) + ["--help"])
    #expect(result.status == 0)
    #expect(result.errors == "")
    let name = command.isEmpty ? "hrn-compile-help.txt" : "hrn-compile-\(command)-help.txt"
    let expected = try golden(name, result.output)
    #expect(result.output == expected)
  }

  @Test func errorsAreTheGolden() throws {
    let folder = try folderWithModel()
    try folder.write(Array("[package]\nname = \"birds\"\n".utf8), to: "notes.hrn")
    try folder.write([0xFF, 0xD8, 0xFF, 0xE0], to: "photo.hrn")
    try folder.write(Array(try folder.bytes(of: "model.hrn").dropLast(100)), to: "cut.hrn")
    try FileManager.default.createDirectory(atPath: folder.file("empty"), withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(atPath: folder.file("here"), withDestinationPath: ".")
    try FileManager.default.createSymbolicLink(atPath: folder.file("loop.hrn"), withDestinationPath: "loop.hrn")
    try FileManager.default.createSymbolicLink(atPath: folder.file("link.hrn"), withDestinationPath: "here/x.hrn")
    let before = folder.listing
    var text = ""
    for (words, status) in Self.errors {
      let result = try runCommand("hrn-compile", words.split(separator: " ").map(String.init), in: folder.path)
      #expect(result.status == status, "\(words)")
      #expect(result.output == "", "\(words)")
      #expect(result.errors.hasPrefix("hrn-compile: "), "\(words)")
      text += "$ hrn-compile \(words)\n\(result.errors)→ \(result.status)\n\n"
    }
    #expect(folder.listing == before)
    let expected = try golden("hrn-compile-errors.txt", text)
    #expect(text == expected)
  }

  private static let errors: [(words: String, status: Int32)] = [
    ("", 64), ("model.hrn --fast", 64), ("model.hrn extra.hrn", 64), ("model.hrn --precision int4", 64),
    ("model.hrn --precision int8", 64),
    ("model.hrn --precision float32 --calibrate empty", 64), ("model.hrn --calibration-method best", 64),
    ("model.hrn --approximate gsb", 64), ("model.hrn --precision int8 --approximate gsb", 64),
    ("model.hrn --calibrate empty --approximate gsb --optimize size", 64),
    ("model.hrn --calibrate empty --approximate gsb --approximate-snr nan", 64),
    ("model.hrn --approximate-snr 20", 64), ("model.hrn --calibrate empty --approximate-loss 2", 64),
    ("model.hrn --limit 8", 64), ("model.hrn --calibration-method mse", 64),
    ("model.hrn --limit 0 --calibrate empty", 64), ("model.hrn --levels 0", 64), ("model.hrn --levels 9", 64),
    ("model.hrn --skip-pass fuse-everything", 64), ("model.hrn --stop-after nothing", 64),
    ("model.hrn --stop-after fuse-activation -o x.hrn", 64), ("model.hrn --stop-after fuse-activation --json", 64),
    ("model.hrn --stop-after fuse-activation --calibrate empty", 64),
    ("model.hrn --stop-after fuse-activation --precision bfloat16", 64),
    ("model.hrn --stop-after fuse-activation --target portable", 64),
    ("model.hrn --stop-after fuse-activation --optimize speed", 64),
    ("model.hrn --stop-after fuse-activation --approximate none", 64),
    ("model.hrn -o x.hrn --dump ./x.hrn", 64), ("model.hrn -o here/x.hrn --dump x.hrn", 64),
    ("model.hrn -o link.hrn --dump x.hrn --force", 64),
    ("missing.hrn", 66), ("empty", 66), ("notes.hrn", 65),
    ("photo.hrn", 65), ("cut.hrn", 65), ("model.hrn --calibrate missing", 66), ("model.hrn --calibrate empty", 65),
    ("model.hrn -o model.hrn", 73), ("model.hrn -o empty/../model.hrn --force", 73),
    ("model.hrn -o nowhere/model.hrn", 73), ("model.hrn -o loop.hrn --force", 73), ("inspect", 64),
    ("inspect missing.hrn", 66),
    ("inspect cut.hrn", 65), ("export-onnx missing.hrn", 66), ("export-onnx model.hrn -o nowhere/x.onnx", 73),
    ("export-onnx model.hrn --stop-after nothing", 64), ("ops matmul", 64), ("passes all", 64),
  ]

  @Test func anApproximationThatFindsNothingSaysSo() throws {
    let folder = try ScratchFolder()
    let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 28, 0, 0, 0, 28]
    try folder.write(header + (0..<4 * 784).map { UInt8(truncatingIfNeeded: $0 * 7) }, to: "train-images-idx3-ubyte")
    let model = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../Models/rivals/flat.hrn").standardized
    let words = [model.path, "-o", "x.hrn", "--calibrate", ".", "--approximate", "gsb"]
    let result = try runCommand("hrn-compile", words, in: folder.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.errors.contains("approximations: none, since no 3x3 convolution's result is only averaged over its map\n"))
  }

  @Test func digestsOfACheckpointCannotBeVerified() throws {
    let folder = try folderWithModel()
    #expect(try runCommand("hrn-compile", ["export-onnx", "model.hrn", "-q"], in: folder.path).status == 0)
    let result = try runCommand("hrn-compile", ["inspect", "model.onnx", "--verify"], in: folder.path)
    #expect(result.status == 64)
    #expect(result.errors == "hrn-compile: model.onnx: holds no digests, so leave out --verify\n")
  }

  @Test func exportedNetworkCompilesToTheSameWeights() throws {
    let folder = try folderWithModel()
    #expect(try runCommand("hrn-compile", ["export-onnx", "model.hrn", "-q"], in: folder.path).status == 0)
    #expect(folder.listing == ["model.hrn", "model.onnx"])
    for model in ["model.hrn", "model.onnx"] {
      let result = try runCommand("hrn-compile", [model, "-o", "from-\(model)", "-q"], in: folder.path)
      #expect(result.status == 0, "\(result.errors)")
    }
    let (one, other) = (
      try ModelFile(path: folder.file("from-model.hrn")), try ModelFile(path: folder.file("from-model.onnx"))
    )
    // Labels, recipe and goldens have no place in ONNX; what is computed does.
    #expect(other.graph.nodes.map(\.operation) == one.graph.nodes.map(\.operation))
    #expect(other.graph.nodes.map(\.plan) == one.graph.nodes.map(\.plan))
    #expect(one.weights.starts(with: other.weights) || other.weights.starts(with: one.weights))
    let again = try runCommand("hrn-compile", ["export-onnx", "model.hrn"], in: folder.path)
    #expect(again.status == 73, "\(again.errors)")
    let compiled = try runCommand("hrn-compile", ["export-onnx", "from-model.hrn", "-o", "x.onnx"], in: folder.path)
    #expect(compiled.status == 65, "\(compiled.errors)")
  }

  @Test func defaultOutputIsNamedByPrecisionAndLiesBesideTheModel() throws {
    let folder = try folderWithModel()
    let result = try runCommand("hrn-compile", [folder.file("model.hrn")])
    #expect(result.status == 0, "\(result.errors)")
    #expect(folder.listing == ["model.float32.hrn", "model.hrn"])
    #expect(result.output == "")
    for words in ["passes", "arena", "self-check: ", "wrote ", "next: hrn-run "] {
      #expect(result.errors.contains(words), "\(words)")
    }
  }

  @Test func existingOutputIsReplacedOnlyByForce() throws {
    let folder = try folderWithModel()
    try folder.write([1, 2, 3], to: "out.hrn")
    let refused = try runCommand("hrn-compile", ["model.hrn", "-o", "out.hrn"], in: folder.path)
    #expect(refused.status == 73)
    #expect(refused.errors.contains("--force"))
    #expect(try folder.bytes(of: "out.hrn") == [1, 2, 3])
    let forced = try runCommand("hrn-compile", ["model.hrn", "-o", "out.hrn", "--force", "--quiet"], in: folder.path)
    #expect(forced.status == 0)
    #expect(forced.errors == "")
    #expect(try ModelFile(bytes: folder.bytes(of: "out.hrn")).graph.stage == .compiled)
  }

  @Test func equalInputsGiveEqualBytesUnderAnyName() throws {
    let (one, other) = (try folderWithModel(), try folderWithModel())
    try other.write(try other.bytes(of: "model.hrn"), to: "another name.hrn")
    #expect(try runCommand("hrn-compile", ["model.hrn", "-o", "a.hrn"], in: one.path).status == 0)
    #expect(try runCommand("hrn-compile", ["another name.hrn", "-o", "b.hrn"], in: other.path).status == 0)
    #expect(try one.bytes(of: "a.hrn") == other.bytes(of: "b.hrn"))
  }

  @Test func compiledModelIsRefusedAsASource() throws {
    let folder = try folderWithModel()
    _ = try runCommand("hrn-compile", ["model.hrn"], in: folder.path)
    let result = try runCommand("hrn-compile", ["model.float32.hrn"], in: folder.path)
    #expect(result.status == 65)
    #expect(result.errors.contains("model.float32.hrn: is compiled already, to float32"))
  }

  @Test func reportIsJSONOnRequest() throws {
    let folder = try folderWithModel()
    let result = try runCommand("hrn-compile", ["model.hrn", "--json", "--quiet"], in: folder.path)
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any], "\(result.errors)")
    #expect(json["output"] as? String == "model.float32.hrn")
    let report = try #require(json["report"] as? [String: Any])
    #expect(report["fileBytes"] as? Int == (try folder.bytes(of: "model.float32.hrn").count))
  }

  @Test func stopAfterPrintsTheGraphAndWritesNothing() throws {
    let folder = try folderWithModel()
    let result = try runCommand("hrn-compile", ["model.hrn", "--stop-after", "remove-dead-nodes"], in: folder.path)
    #expect(result.status == 0)
    #expect(result.output.hasPrefix("%0 = input image"))
    #expect(result.output.contains("batch-norm"))
    #expect(folder.listing == ["model.hrn"])
  }

  @Test func dumpWritesTheOptimizedGraphBesideTheModel() throws {
    let folder = try folderWithModel()
    let result = try runCommand("hrn-compile", ["model.hrn", "--dump", "graph.txt"], in: folder.path)
    #expect(result.status == 0)
    let text = String(decoding: try folder.bytes(of: "graph.txt"), as: UTF8.self)
    #expect(!text.contains("batch-norm"))
    #expect(folder.listing == ["graph.txt", "model.float32.hrn", "model.hrn"])
  }

  @Test func inspectReadsBothStages() throws {
    let folder = try folderWithModel()
    _ = try runCommand("hrn-compile", ["model.hrn"], in: folder.path)
    for (name, stage) in [("model.hrn", "source"), ("model.float32.hrn", "compiled")] {
      let text = try runCommand("hrn-compile", ["inspect", "--verify", name], in: folder.path)
      #expect(text.status == 0)
      #expect(text.output.contains(": \(stage), float32"))
      let json = try runCommand("hrn-compile", ["inspect", "--json", name], in: folder.path)
      #expect(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) is [String: Any])
    }
  }

  private func folderWithModel() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    let source = hrnGraph().encodedAsSource()
    try folder.write(try ModelWriter.encode(source.graph, weights: source.weights), to: "model.hrn")
    return folder
  }
}
