import Foundation
import HRNCompiler
import HRNFormat
import HRNGraph
import HRNImport
import HRNTestSupport
import Testing

/// ONNX models of both of PyTorch's exporters, through the compiler, its kernels and the commands.
@Suite struct ImportedONNXTests {
  private static let resources = Repository.root.appendingPathComponent("Tests/HRNImportTests/Resources").path

  /// Compiling runs the network beside the imported graph, whose answers `ONNXExportTests` hold to PyTorch's.
  @Test(arguments: [
    "handmade-opset9", "handmade-opset17", "handmade-dynamo", "layers-opset9", "layers-opset17", "layers-dynamo",
    "small-opset17", "typed",
  ])
  func everyExportCompilesAsItIs(name: String) throws {
    let model = try TrainedModel(try ImportSource(path: "\(Self.resources)/\(name).onnx"))
    let check = try Compiler(CompileOptions()).compile(model).report.check
    #expect(check.inputs > 0 && check.largestDifference <= 1e-5, "\(check)")
  }

  /// 1e-5 is the room that another order of the same sums needs.
  @Test(arguments: ["hrn-opset10", "hrn-opset17", "hrn-dynamo", "hrn-joined-opset17"])
  func exportAnswersAsItsCheckpointDoes(name: String) throws {
    func runner(_ file: String) throws -> CompiledRunner {
      let source = try ImportSource(path: "\(Self.resources)/\(file)")
      let model = try TrainedModel(source, options: ImportOptions(size: (16, 16)))
      return try CompiledRunner(ModelFile(bytes: Compiler(CompileOptions()).compile(model).bytes))
    }
    let (exported, checkpoint) = (try runner(name + ".onnx"), try runner("hrn.safetensors"))
    var random = SeededGenerator(seed: 5)
    for _ in 0..<3 {
      let picture = random.floats(256, in: -1...1)
      let found = try exported.outputs(for: .values(picture))
      let expected = try checkpoint.outputs(for: .values(picture))
      try #require(found.map(\.count) == expected.map(\.count))
      for (a, b) in zip(found.joined(), expected.joined()) { #expect(abs(a - b) <= 1e-5, "seed 5") }
    }
  }

  @Test func commandsTakeAnExportAndATableOfItsLabels() throws {
    let folder = try ScratchFolder()
    let model = try Data(contentsOf: URL(fileURLWithPath: "\(Self.resources)/hrn-opset17.onnx"))
    try folder.write(Array(model), to: "birds.onnx")
    let table = "group\tclass\ng\tv\ng\tw\nh\tx\nh\ty\nh\tz\n"
    try folder.write(Array(table.utf8), to: "birds.tsv")
    let inspected = try runCommand("hrn-compile", ["inspect", "birds.onnx"], in: folder.path)
    #expect(inspected.status == 0)
    let expected = try golden("inspect-onnx.txt", inspected.output)
    #expect(inspected.output == expected)
    let compiled = try runCommand("hrn-compile", ["birds.onnx", "--labels", "birds.tsv"], in: folder.path)
    #expect(compiled.status == 0, "\(compiled.errors)")
    #expect(compiled.errors.contains("labels: those given with --labels"))
    #expect(compiled.errors.contains("next: hrn-run birds.float32.hrn --tensor "))
    try folder.write([UInt8](repeating: 0, count: 4 * 256), to: "zeros.bin")
    let result = try runCommand(
      "hrn-run", ["birds.float32.hrn", "--tensor", "zeros.bin", "--json"], in: folder.path)
    #expect(result.status == 0, "\(result.errors)")
    let answer = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let levels = try #require(answer["levels"] as? [[String: Any]])
    #expect(levels.compactMap { $0["level"] as? String } == ["group", "class"])
    #expect((levels[0]["label"] as? String).map(["g", "h"].contains) == true)
  }

  @Test func inspectionSaysWhyAModelIsNotCompiled() throws {
    let folder = try ScratchFolder()
    let model = try Data(contentsOf: URL(fileURLWithPath: "\(Self.resources)/small-opset17.onnx"))
    // Another operator whose name is as long.
    try folder.write(Array(model).replacing(Array("Relu".utf8), with: Array("Celu".utf8)), to: "birds.onnx")
    let inspected = try runCommand("hrn-compile", ["inspect", "birds.onnx"], in: folder.path)
    #expect(inspected.status == 0)
    let expected = try golden("inspect-onnx-unsupported.txt", inspected.output)
    #expect(inspected.output == expected)
    #expect(try runCommand("hrn-compile", ["birds.onnx"], in: folder.path).status == 65)
  }
}
