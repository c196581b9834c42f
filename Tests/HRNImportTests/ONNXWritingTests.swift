import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

@testable import HRNImport

/// Networks written as ONNX, read back. Whether others read them too is what Tools/check-onnx asks ONNX's own checker
/// and interpreter.
@Suite struct ONNXWritingTests {
  /// What is written, as it is read again.
  private func readBack(_ graph: Graph) throws -> Graph {
    let file = try ONNXExport(graph, toolVersion: "1")
    return try ONNXModel(ModelBytes(copying: file.head + file.graph)).graph(name: graph.name).graph
  }

  /// Whole networks, but for trees of constraints, which become operators that are not read.
  private static let networks =
    wholeNetworks() + BranchingGraph.allCases.filter { ![.everything, .mixedScores].contains($0) }.map { $0.graph() }

  @Test(arguments: networks.indices) func networkReadBackComputesTheSame(index: Int) throws {
    let graph = Self.networks[index]
    let read = try readBack(graph)
    #expect(read.outputs.map(\.name) == graph.outputs.map(\.name))
    #expect(read.outputs.map { read.shape(of: $0.tensor) } == graph.outputs.map { graph.shape(of: $0.tensor) })
    var random = SeededGenerator(seed: 5)
    let input = [random.floats(graph.shape(of: graph.inputs[0]).reduce(1, *))]
    let expected = try ReferenceExecutor(graph, products: .plain).run(input)
    let found = try ReferenceExecutor(read, products: .plain).run(input)
    expectClose(found, expected)
  }

  @Test func fusedOperationsAreWrittenOneByOne() throws {
    var b = GraphBuilder()
    let image = b.input([1, 4, 6, 6])
    let weights = b.constant("weights", shape: [4, 4, 3, 3], b.random.floats(144))
    let bias = b.constant("bias", shape: [4], b.random.floats(4))
    let fused = Convolution(padding: Padding(1), activation: .relu(high: 2), globalPool: .average)
    let pooled = b.flatten(b.node(.convolution(fused), [image, image], parameters: [weights, bias]))
    let rows = b.constant("rows", shape: [4, 4], b.random.floats(16))
    let linear = b.node(.linear(Linear(activation: .elu())), [pooled, pooled], parameters: [rows, bias])
    b.output("y", b.node(.add(Add(activation: .sigmoid)), [linear, pooled, linear]))
    let read = try readBack(b.graph)
    let input = [b.random.floats(144)]
    expectClose(
      try ReferenceExecutor(read, products: .plain).run(input),
      try ReferenceExecutor(b.graph, products: .plain).run(input))
  }

  /// Sums may come in another order, since lines that follow each other are joined when a file is read.
  private func expectClose(_ found: [[Float]], _ expected: [[Float]]) {
    #expect(found.map(\.count) == expected.map(\.count))
    for (found, expected) in zip(found.joined(), expected.joined()) {
      #expect(abs(found - expected) <= 1e-5 * max(1, abs(expected)))
    }
  }

  @Test func bytesAreAFunctionOfTheGraph() throws {
    let graph = hrnGraph()
    let (one, other) = (try ONNXExport(graph, toolVersion: "1"), try ONNXExport(graph, toolVersion: "1"))
    #expect(one.head == other.head)
    #expect(one.graph == other.graph)
  }

  @Test func moreThanAFileHoldsIsRefused() throws {
    let error = #expect(throws: ONNXExportError.self) { try ONNXExport(hrnGraph(), toolVersion: "1", limit: 1000) }
    #expect(error?.message.contains("may have 1000") == true)
    let file = try ONNXExport(hrnGraph(), toolVersion: "1")
    let bytes = file.head.count + file.graph.count
    #expect(throws: ONNXExportError.tooLarge(bytes: bytes, limit: bytes - 1)) {
      try ONNXExport(hrnGraph(), toolVersion: "1", limit: bytes - 1)
    }
  }

  @Test func whatIsQuantizedHasNoForm() throws {
    var b = GraphBuilder()
    b.output("y", b.linear(b.input([1, 4]), outputs: 2))
    var graph = b.graph
    graph.nodes[0].operation = .dequantize(Dequantize())
    #expect(throws: ONNXExportError.operation(node: graph.nodes[0].name, name: "dequantize")) {
      try ONNXExport(graph, toolVersion: "1")
    }
  }
}
