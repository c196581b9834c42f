import Foundation
import HRNCompiler
import HRNFormat
import HRNGraph
import HRNImage
import HRNTestSupport
import Testing

/// The passes and the reference executor on a network that PyTorch trained and answered for.
@Suite struct PassesSourceTests {
  private static let path = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Models/tiny-hrn/tiny-hrn.hrn").standardizedFileURL.path

  private func image(_ jpeg: [UInt8], for graph: Graph) throws -> [Float] {
    let preprocessor = try Preprocessor(try #require(graph.recipe))
    _ = try preprocessor.prepare(jpeg: jpeg.span)
    let count = graph.shape(of: graph.inputs[0]).reduce(1, *)
    let target = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
    target.initialize(repeating: 0)
    defer { target.deallocate() }
    preprocessor.normalize(into: target)
    return Array(target)
  }

  @Test func trainedNetworkAnswersAsInPyTorch() throws {
    let graph = try Graph(decoding: ModelFile(path: Self.path))
    let passed = try PassPipeline().run(on: graph)
    #expect(!passed.nodes.contains { [.batchNorm, .add].contains($0.operation.kind) })
    #expect(!graph.goldens.isEmpty)
    for golden in graph.goldens {
      let image = try image(golden.jpeg, for: graph)
      for executor in [try ReferenceExecutor(graph), try ReferenceExecutor(passed)] {
        let outputs = executor.run([image])
        for answer in golden.answers {
          let error = zip(outputs[answer.output], answer.expected).map { abs($0 - $1) }.max() ?? .infinity
          // Scores lie between 0 and 1; PyTorch sums in another order, in float.
          #expect(error <= 1e-5, "\(golden.name), \(graph.outputs[answer.output].name)")
        }
      }
    }
  }

  @Test func compiledGraphIsRefused() throws {
    let lowered = try Lowering.lower(PassPipeline().run(on: Graph(decoding: ModelFile(path: Self.path))))
    let file = try ModelFile(graph: lowered.graph, weights: lowered.weights)
    #expect(throws: GraphError.notSource) { try Graph(decoding: file) }
  }
}
