import Foundation
import HRNFormat
import HRNGraph
import HRNImport
import HRNTestSupport
import Testing

/// Every method's network, and every variant of HRN, as our trainer saves it: the graph that it exports.
@Suite struct ImportedMethodTests {
  static let names = [
    "lmlp", "hmcn", "fgn", "chmcnn", "flat", "hrn-logit", "hrn-no-gsb", "hrn-no-residual", "hrn-no-relu", "hrn-tree",
    "hrn-ce",
  ]

  private static func graph(_ file: String) throws -> (graph: Graph, notes: [String]) {
    let path = Repository.root.appendingPathComponent("Tests/EndToEndTests/Resources/\(file)").path
    let model = try TrainedModel(try ImportSource(path: path))
    var graph = model.graph.compacted()
    (graph.name, graph.provenance) = ("", Provenance())
    return (graph, model.notes)
  }

  @Test(arguments: names)
  func checkpointGivesTheGraphThatTheTrainerExports(name: String) throws {
    let (imported, notes) = try Self.graph(name + ".pt")
    let (exported, _) = try Self.graph(name + ".hrn")
    #expect(imported.text(namesNodes: true) == exported.text(namesNodes: true))
    #expect(imported.outputs == exported.outputs)
    #expect(imported.tree == exported.tree)
    #expect(imported.recipe == exported.recipe)
    #expect(imported == exported)
    #expect(notes.contains("origin: our trainer's checkpoint"))
  }

  @Test(arguments: names, [["--precision", "float32"], ["--calibrate", Repository.pictureFolder]])
  func checkpointCompilesAndAnswersAtEveryLevel(name: String, options: [String]) throws {
    let folder = try ScratchFolder()
    let path = Repository.root.appendingPathComponent("Tests/EndToEndTests/Resources/\(name).pt").path
    try compileModel(path, options, to: folder.file("compiled.hrn"))
    let result = try runCommand("hrn-run", [folder.file("compiled.hrn"), "--json", Repository.pictures[0]])
    #expect(result.status == 0, "\(result.errors)")
    let answer = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let levels = try #require(answer["levels"] as? [[String: Any]])
    #expect(levels.compactMap { $0["level"] as? String } == ["group", "class"])
    let labels = [["a", "b"], ["v", "w", "x", "y", "z"]]
    for (level, known) in zip(levels, labels) {
      #expect((level["label"] as? String).map(known.contains) == true, "\(result.output)")
    }
  }

  @Test func aClassifierOfLeavesAnswersAtEveryLevel() throws {
    let folder = try ScratchFolder()
    let path = Repository.root.appendingPathComponent("Tests/EndToEndTests/Resources/flat.pt").path
    let compiled = try runCommand("hrn-compile", [path, "-o", folder.file("flat.hrn")])
    #expect(compiled.status == 0, "\(compiled.errors)")
    let result = try runCommand("hrn-run", [folder.file("flat.hrn"), Repository.pictures[0]])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("group") && result.output.contains("(subtree"), "\(result.output)")
    #expect(result.output.contains("class") && result.output.contains("(softmax"), "\(result.output)")
  }
}
