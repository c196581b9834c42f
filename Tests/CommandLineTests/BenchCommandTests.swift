import Foundation
import HRNCompiler
import HRNFormat
import HRNGraph
import HRNImport
import HRNTestSupport
import Testing

/// `hrn-bench` as people and scripts meet it.
@Suite struct BenchCommandTests {
  @Test func helpIsTheGolden() throws {
    let result = try runCommand("hrn-bench", ["--help"])
    #expect(result.status == 0)
    let expected = try golden("hrn-bench-help.txt", result.output)
    #expect(result.output == expected)
  }

  @Test func jsonHoldsEveryLatencyAndNode() throws {
    let folder = try folderWithModels()
    let result = try runCommand(
      "hrn-bench", ["model.float32.hrn", "--json", "--nodes", "--runs", "7", "--warmup", "1", "--threads", "1"],
      in: folder.path)
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any], "\(result.errors)")
    let latencies = try #require(json["latencies_ms"] as? [Double])
    #expect(latencies.count == 7)
    #expect(latencies.allSatisfy { $0 > 0 })
    #expect((json["load_ms"] as? Double ?? 0) > 0)
    #expect(json["threads"] as? Int == 1)
    #expect((json["peak_resident_bytes"] as? Int ?? 0) > 1 << 20)
    let nodes = try #require(json["nodes"] as? [[String: Any]])
    #expect(nodes.contains { $0["operation"] as? String == "convolution" })
    #expect(!nodes.contains { $0["operation"] as? String == "flatten" })
  }

  @Test func ceilingOfTheCPUIsKept() throws {
    let folder = try folderWithModels()
    let result = try runCommand("hrn-bench", ["model.float32.hrn", "--cpu", "scalar", "--runs", "3"], in: folder.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("scalar kernels"))
    #expect(result.output.contains("of 3 runs"))
  }

  @Test func jsonIsOneLine() throws {
    let folder = try folderWithModels()
    let result = try runCommand("hrn-bench", ["model.float32.hrn", "--json", "--runs", "3"], in: folder.path)
    #expect(result.json.count == 1)
    let start = try #require(result.json[0]["start"] as? [String: Any], "\(result.errors)")
    #expect((start["start_ms"] as? Double ?? 0) > (start["first_ms"] as? Double ?? 1e9))
    #expect((start["peak_resident_bytes"] as? Int ?? 0) > 1 << 20)
  }

  @Test func twoModelsAreTimedInTurns() throws {
    let folder = try folderWithModels()
    let models = ["model.float32.hrn", "model.float32.hrn"]
    let result = try runCommand("hrn-bench", models + ["--json", "--runs", "20", "--starts", "0"], in: folder.path)
    let line = try #require(result.json.first, "\(result.errors)")
    #expect((line["models"] as? [[String: Any]])?.map { ($0["latencies_ms"] as? [Double])?.count } == [20, 20])
    let ratio = try #require(line["ratio"] as? [String: Double])
    let (low, median, high) = (ratio["low"] ?? 0, ratio["median"] ?? 0, ratio["high"] ?? 0)
    #expect(0 < low && low <= median && median <= high)
    let text = try runCommand("hrn-bench", models + ["--runs", "5", "--starts", "0"], in: folder.path)
    #expect(text.output.contains("of 5 pairs of runs"))
  }

  @Test func nodesAreMeasuredAgainstThePeakOfTheTier() throws {
    let folder = try folderWithModels()
    let arguments = ["model.float32.hrn", "--nodes", "--runs", "3", "--starts", "0", "--threads", "1"]
    let result = try runCommand("hrn-bench", arguments + ["--json"], in: folder.path)
    let peaks = try #require(result.json.first?["peaks"] as? [String: Any], "\(result.errors)")
    #expect(((peaks["float32"] as? [String: Any])?["gmacs"] as? Double ?? 0) > 0.1)
    #expect(((peaks["int8"] as? [String: Any])?["gmacs"] as? Double ?? 0) > 0.1)
    #expect((peaks["memory_gbs"] as? Double ?? 0) > 0.1)
    #expect(try runCommand("hrn-bench", arguments, in: folder.path).output.contains("GMAC/s"))
  }

  @Test func busyNeighboursCostWhatTheyCost() throws {
    let folder = try folderWithModels()
    let arguments = ["model.float32.hrn", "--competing", "1", "--runs", "10", "--starts", "0", "--json"]
    let result = try runCommand("hrn-bench", arguments, in: folder.path)
    let competition = try #require(result.json.first?["competition"] as? [String: Any], "\(result.errors)")
    #expect(competition["processes"] as? Int == 1)
    #expect((competition["quiet_ms"] as? [Double])?.count == 10)
    #expect((competition["competing_ms"] as? [Double])?.count == 10)
  }

  @Test func aPictureIsDecodedAndResizedByTheClock() throws {
    let fixture = try RunFixture.shared.get()
    let result = try runCommand(
      "hrn-bench", [fixture.model, "--input", fixture.pictures[0], "--runs", "3", "--starts", "0", "--json"])
    let picture = try #require(result.json.first?["picture"] as? [String: Double], "\(result.errors)")
    #expect((picture["decode_ms"] ?? 0) > 0)
    #expect((picture["prepare_ms"] ?? 0) > 0)
    let foreign = try runCommand("hrn-bench", [fixture.model, "--input", #filePath])
    #expect(foreign.status == 65, "\(foreign.errors)")
  }

  @Test(arguments: [[], ["--nodes"]])
  func outputsAreThoseOfHRNRun(further: [String]) throws {
    let folder = try folderWithModels()
    let model = try ModelFile(path: folder.file("model.float32.hrn")).graph
    let count = model.tensors[model.inputs[0]].shape.reduce(1, *)
    let values = (0..<count).map { Float($0 % 13) / 13 - 0.5 }
    try folder.write(values.withUnsafeBytes { [UInt8]($0) }, to: "input.f32")
    let bench = try runCommand(
      "hrn-bench",
      ["model.float32.hrn", "--input", "input.f32", "--outputs", "outputs.f32", "--runs", "2", "--starts", "0"]
        + further,
      in: folder.path)
    #expect(bench.status == 0, "\(bench.errors)")
    let run = try runCommand(
      "hrn-run", ["model.float32.hrn", "--tensor", "input.f32", "--outputs", "--json"], in: folder.path)
    let outputs = try #require(run.json.first?["outputs"] as? [String: [Double]], "\(run.errors)")
    let found = try folder.bytes(of: "outputs.f32").withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    #expect(found == model.outputs.flatMap { outputs[$0.name]!.map { Float($0) } })
  }

  @Test func madeUpNetworkIsMeasuredAndKept() throws {
    let folder = try ScratchFolder()
    let make = [
      "--synthetic", "efficientnet-lite0", "--size", "32", "--runs", "2", "--starts", "0", "-o", "lite0.hrn",
      "--write-source", "source.hrn", "--json",
    ]
    let result = try runCommand("hrn-bench", make, in: folder.path)
    let line = try #require(result.json.first, "\(result.errors)")
    #expect(line["model"] as? String == "efficientnet-lite0")
    #expect(line["precision"] as? String == "int8")
    #expect(line["file"] as? String == "lite0.hrn")
    #expect(folder.listing == ["lite0.hrn", "source.hrn"])
    #expect(try ModelFile(path: folder.file("lite0.hrn")).graph.stage == .compiled)
    #expect(try ModelFile(path: folder.file("source.hrn")).graph.stage == .source)
    #expect(try runCommand("hrn-bench", make, in: folder.path).status == 73)
    #expect(try runCommand("hrn-bench", ["lite0.hrn", "--runs", "1"], in: folder.path).status == 0)
  }

  @Test func madeUpNetworkThatIsNotKeptIsCalledWhatWasAskedFor() throws {
    let asked = "efficientnet-lite0 --size 32 --precision float32"
    let words = "--synthetic \(asked) --runs 1 --warmup 0 --starts 0".split(separator: " ").map(String.init)
    let json = try #require(try runCommand("hrn-bench", words + ["--json"]).json.first)
    #expect(json["file"] == nil)
    #expect(json["synthetic"] as? String == asked)
    #expect(json["model"] as? String == "efficientnet-lite0")
    #expect(
      try runCommand("hrn-bench", words).output.contains("\n--synthetic \(asked): efficientnet-lite0, float32, "))
  }

  /// An error of a network that is made up, and one of an input that is no file.
  @Test func whatIsNoFileIsCalledWhatItIs() throws {
    let made = "--synthetic efficientnet-lite0 --size 32 --precision float32 --starts 0"
    for (input, status, words) in [
      ("/dev/null", 66, "/dev/null: cannot be read: is a pipe or a device, expected a regular file"),
      ("missing.jpg", 66, "missing.jpg: cannot be read: no such file or directory"),
    ] as [(String, Int32, String)] {
      let result = try runCommand("hrn-bench", (made + " --input \(input)").split(separator: " ").map(String.init))
      #expect(result.status == status)
      #expect(result.errors == "hrn-bench: \(words)\n")
    }
  }

  private static let refused: [(arguments: [String], status: Int32)] = [
    ([], 64), (["model.float32.hrn", "--runs", "0"], 64), (["model.float32.hrn", "--cpu", "z80"], 64),
    (["model.float32.hrn", "--threads", "0"], 64), (["missing.hrn"], 66), (["model.hrn"], 65),
    (["model.float32.hrn", "a.hrn", "b.hrn"], 64), (["model.float32.hrn", "-o", "x.hrn"], 64),
    (["--synthetic", "resnet50", "model.hrn"], 64), (["--synthetic", "resnet51"], 64),
    (["--synthetic", "resnet50", "--size", "8"], 64), (["model.float32.hrn", "--competing", "-1"], 64),
    (["model.float32.hrn", "--input", "missing.jpg"], 66), (["model.float32.hrn", "--input", "model.hrn"], 65),
    (["model.float32.hrn", "--threads", "257"], 64), (["model.float32.hrn", "--input", "."], 66),
    (["model.float32.hrn", "--size", "64"], 64), (["model.float32.hrn", "--precision", "int8"], 64),
    (["model.float32.hrn", "--target", "avx2"], 64), (["model.float32.hrn", "--approximate", "gsb"], 64),
    (["model.float32.hrn", "--seed", "2"], 64), (["model.float32.hrn", "--write-source", "x.hrn"], 64),
    (["model.float32.hrn", "--outputs", "./model.float32.hrn", "--force"], 73),
    (["model.float32.hrn", "--outputs", "model.hrn"], 73), (["model.float32.hrn", "--outputs", "nowhere/x"], 73),
    (["--synthetic", "resnet50", "--precision", "float32", "--approximate", "gsb"], 64),
    (["--synthetic", "resnet50", "-o", "x.hrn", "--write-source", "./x.hrn"], 64),
  ]

  @Test(arguments: refused)
  func errorsHaveTheirStatus(arguments: [String], status: Int32) throws {
    let folder = try folderWithModels()
    let before = try folder.listing.map { try folder.bytes(of: $0) }
    let result = try runCommand("hrn-bench", arguments, in: folder.path)
    #expect(result.status == status, "\(result.errors)")
    #expect(try folder.listing.map { try folder.bytes(of: $0) } == before)
    #expect(result.output == "")
    #expect(result.errors.hasPrefix("hrn-bench: "))
  }

  /// A small network, as trained and compiled.
  private func folderWithModels() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    let trained = hrnGraph().encodedAsSource()
    try folder.write(try ModelWriter.encode(trained.graph, weights: trained.weights), to: "model.hrn")
    let source = try ImportSource(path: folder.file("model.hrn"))
    let compilation = try Compiler(CompileOptions()).compile(try TrainedModel(source))
    try folder.write(compilation.bytes, to: "model.float32.hrn")
    return folder
  }
}
