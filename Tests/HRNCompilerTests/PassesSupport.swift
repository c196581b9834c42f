import HRNCompiler
import HRNGraph
import HRNTestSupport
import Testing

/// Runs one pass over graph text: the result must read as expected and compute what the given graph computes.
func expectPass(
  _ pass: String, _ given: String, gives result: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let found = try #require(PassPipeline.all.first { $0.name == pass }, "there is no pass \(pass)")
  let graph = try Graph(parsing: given)
  #expect(graph.text() == given + "\n", "the given text is not as it would be written", sourceLocation: sourceLocation)
  let rewritten = try found.run(on: graph)
  #expect(rewritten.compacted().text() == result + "\n", sourceLocation: sourceLocation)
  #expect(try differences(graph, rewritten, tolerance: 1e-5) == [], sourceLocation: sourceLocation)
}

/// Runs one pass over graph text that it must leave as it is.
func expectUnchanged(
  _ pass: String, _ given: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try expectPass(pass, given, gives: given, sourceLocation: sourceLocation)
}
