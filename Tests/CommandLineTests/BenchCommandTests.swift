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

  private static let refused: [(arguments: [String], status: Int32)] = [
    ([], 64), (["model.float32.hrn", "--runs", "0"], 64), (["model.float32.hrn", "--cpu", "z80"], 64),
    (["model.float32.hrn", "--threads", "0"], 64), (["missing.hrn"], 66), (["model.hrn"], 65),
  ]

  @Test(arguments: refused)
  func errorsHaveTheirStatus(arguments: [String], status: Int32) throws {
    let folder = try folderWithModels()
    let result = try runCommand("hrn-bench", arguments, in: folder.path)
    #expect(result.status == status, "\(result.errors)")
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
