import Foundation
import HRNCompiler
import HRNFormat
import HRNGraph
import HRNImport
import HRNTestSupport
import Testing

/// One network in every way of saving it: the same compiled model, and PyTorch's answers.
@Suite struct ImportedModelTests {
  /// Files of `Tests/HRNImportTests/make-checkpoints.py` that hold one small HRN of 2 and 5 labels.
  static let files = [
    "hrn-state-dict.pt", "hrn-legacy.pt", "hrn-protocol4.pt", "hrn-module.pt", "hrn-module-legacy.pt",
    "hrn-module-protocol5.pt", "hrn-data-parallel.pt", "hrn-data-parallel-state.pt", "hrn-compiled-state.pt",
    "hrn-training-state.pt", "hrn-double.pt", "hrn.safetensors", "hrn-trainer.pt",
  ]

  private static func path(_ name: String) -> String {
    Repository.root.appendingPathComponent("Tests/HRNImportTests/Resources/\(name)").path
  }

  /// Labels and recipe of the trainer's checkpoint.
  private static func options() throws -> ImportOptions {
    let trainers = try TrainedModel(try ImportSource(path: path("hrn-trainer.pt")))
    return ImportOptions(labels: trainers.graph.tree, recipe: trainers.graph.recipe)
  }

  /// The compiled model without what it says about where it is from.
  private static func compiled(_ model: TrainedModel) throws -> [UInt8] {
    let file = try ModelFile(bytes: try Compiler(CompileOptions()).compile(model).bytes)
    var graph = file.graph
    graph.provenance = Provenance()
    return try ModelWriter.encode(graph, weights: file.weightsCopy)
  }

  @Test func everyWayOfSavingGivesTheSameBytes() throws {
    let options = try Self.options()
    let expected = try Self.compiled(
      try TrainedModel(try ImportSource(path: Self.path(Self.files[0])), options: options))
    for name in Self.files.dropFirst() {
      let model = try TrainedModel(try ImportSource(path: Self.path(name)), options: options)
      #expect(try Self.compiled(model) == expected, "\(name)")
    }
  }

  @Test func outputsArePyTorchs() throws {
    let model = try TrainedModel(try ImportSource(path: Self.path(Self.files[0])), options: try Self.options())
    let runner = try CompiledRunner(try ModelFile(bytes: try Compiler(CompileOptions()).compile(model).bytes))
    let source = try ImportSource(path: Self.path("hrn-answers.safetensors"))
    guard case .checkpoint(let answers) = source.content else { throw Unexpected() }
    let pictures = try #require(answers["pictures"]).floats()
    let scores = try #require(answers["scores"]).floats()
    let logits = try #require(answers["leaf_logits"]).floats()
    for index in 0..<3 {
      let values = Array(pictures[index * 256..<(index + 1) * 256])
      let outputs = try runner.outputs(for: .values(values))
      let row = Array(scores[index * 7..<(index + 1) * 7])
      let exponentials = logits[index * 5..<(index + 1) * 5].map { Foundation.exp(Double($0)) }
      let softmax = exponentials.map { Float($0 / exponentials.reduce(0, +)) }
      for (found, expected) in zip(outputs, [Array(row[..<2]), softmax, Array(row[2...])]) {
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-5 }, "\(found) \(expected)")
      }
    }
  }

  @Test func theTrainersCheckpointBringsEverything() throws {
    let model = try TrainedModel(try ImportSource(path: Self.path("hrn-trainer.pt")))
    #expect(model.format == "pytorch")
    #expect(model.graph.outputs.map(\.name) == ["group.sigmoid", "class.softmax", "class.sigmoid"])
    #expect(model.graph.outputs.map(\.decides) == [true, true, false])
    #expect(model.graph.tree?.levels[1].parents == [0, 0, 1, 1, 1])
    #expect(model.graph.recipe?.mean == [0.5])
    #expect(model.graph.provenance.training?.epochs == 3)
  }

  @Test func withoutLabelsItRunsByNumbers() throws {
    let source = try ImportSource(path: Self.path("hrn.safetensors"))
    let model = try TrainedModel(source, options: ImportOptions(size: (16, 16)))
    #expect(model.graph.tree == nil && model.graph.recipe == nil)
    #expect(model.graph.outputs.map(\.name) == ["level1.sigmoid", "level2.softmax", "level2.sigmoid"])
    #expect(
      model.notes.contains { $0.hasPrefix("labels: none") } && model.notes.contains { $0.hasPrefix("recipe: none") })
    _ = try Compiler(CompileOptions()).compile(model)
  }

  @Test func aModuleOfAnotherSizeIsNotTakenForTheAuthors() throws {
    let source = try ImportSource(path: Self.path("hrn-module.pt"))
    #expect(throws: ImportError.self) { try TrainedModel(source) }
    let model = try TrainedModel(source, options: ImportOptions(size: (16, 16)))
    #expect(model.notes.contains { $0.contains("a whole RFM.HIFD2") })
    #expect(model.graph.recipe == nil)
  }

  @Test func commandsTakeACheckpointAndItsCompiledModel() throws {
    let folder = try ScratchFolder()
    try folder.write(Array(try Data(contentsOf: URL(fileURLWithPath: Self.path("hrn-trainer.pt")))), to: "birds.pt")
    let compiled = try runCommand("hrn-compile", ["birds.pt"], in: folder.path)
    #expect(compiled.status == 0, "\(compiled.errors)")
    #expect(compiled.errors.contains("network: HRN of 2 levels over a ResNet of 1-1 basic blocks, 4 channels wide"))
    #expect(compiled.errors.contains("labels: those in the checkpoint"))
    let inspected = try runCommand("hrn-compile", ["inspect", "birds.pt"], in: folder.path)
    #expect(inspected.status == 0)
    let expected = try golden("inspect-checkpoint.txt", inspected.output)
    #expect(inspected.output == expected)
    let json = try runCommand("hrn-compile", ["inspect", "birds.pt", "--json"], in: folder.path)
    #expect(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) is [String: Any])
    let parity = try runCommand(
      "hrn-parity", ["birds.pt", "birds.float32.hrn", "--images", Repository.pictureFolder], in: folder.path)
    #expect([0, 1].contains(parity.status), "\(parity.errors)")
  }

  private struct Unexpected: Error {}
}
