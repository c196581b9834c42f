import Foundation
import HRNCompiler
import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

/// Commands on a machine that has too little memory for a model: it is not the model that is bad.
@Suite struct MemoryTests {
  /// Enough for a command, and too little for the activations of the model.
  private static let memory = 2 << 30

  @Test(arguments: [
    ("hrn-run", ["wide.hrn", "--bench", "0"]), ("hrn-bench", ["wide.hrn"]),
    ("hrn-parity", ["wide.hrn", "wide.hrn", "--images", "."]),
  ])
  func aModelThatDoesNotFitEndsWithTheStatusOfResources(command: String, arguments: [String]) throws {
    let folder = try ScratchFolder()
    try folder.write(try Self.wideModel(), to: "wide.hrn")
    try folder.write(
      try [UInt8](Data(contentsOf: URL(fileURLWithPath: RunFixture.shared.get().pictures[0]))), to: "a.jpg")
    let result = try runCommand(command, arguments, in: folder.path, memory: Self.memory)
    #expect(result.status == 74)
    #expect(result.output == "")
    #expect(result.errors.hasPrefix("\(command): wide.hrn: the model asks for "))
  }

  /// A small file with activations of almost four GB.
  private static func wideModel() throws -> [UInt8] {
    let side = 7424
    var builder = GraphBuilder("wide")
    let pooled = builder.globalAveragePool(builder.input([1, 3, side, side]))
    builder.output("scores", builder.linear(builder.flatten(pooled), outputs: 4), .logit)
    var graph = builder.graph
    graph.recipe = hrnGraph().recipe
    graph.recipe?.resize = Recipe.Resize(mode: .squash, width: side, height: side)
    graph.recipe?.crop = nil
    let lowered = try Lowering.lower(graph)
    return try ModelWriter.encode(lowered.graph, weights: lowered.weights)
  }
}
