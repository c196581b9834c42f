import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

@Suite struct GraphCodingTests {
  private func graphWithGolden() -> Graph {
    var graph = hrnGraph(levels: [2, 3], imageSize: 8)
    graph.goldens = [
      GoldenPicture(
        name: "cat", jpeg: [0xFF, 0xD8, 0xFF],
        answers: [.init(output: 1, expected: [0.25, 0.5, 0.75], reference: [0, 1, -2.5], tolerance: 1e-4)])
    ]
    graph.passes = [PassRecord(name: "some-pass", nodes: ["stem.conv"])]
    graph.provenance.tool = "a test"
    return graph
  }

  @Test func sourceGraphSurvivesTheFile() throws {
    let graph = graphWithGolden()
    let (model, weights) = graph.encodedAsSource()
    let bytes = try ModelWriter.encode(model, weights: weights)
    let read = try Graph(decoding: ModelFile(bytes: bytes))
    #expect(read == graph.compacted())
  }

  @Test func regionsAreAlignedAndInOrder() {
    let (model, weights) = graphWithGolden().encodedAsSource()
    var end = 0
    for region in model.tensors.compactMap(\.weights) + model.goldens.map(\.jpeg) {
      #expect(region.offset.isMultiple(of: 64))
      #expect(region.offset - end < 64 && region.offset >= end)
      end = region.end
    }
    #expect(weights.count > end)
  }

  @Test func integersSurvive() throws {
    var builder = GraphBuilder()
    let y = builder.relu(builder.input([1, 2]))
    builder.output("y", y)
    var graph = builder.graph
    let constants: [Constant] = [
      .int8([-128, 127]), .uint8([0, 255]), .int32([.min, .max]), .float32([-0.0, 1e-45]),
    ]
    for (index, constant) in constants.enumerated() {
      let tensor = graph.addConstant("c\(index)", shape: [2], constant)
      graph.outputs.append(Output(name: "c\(index)", tensor: tensor, kind: .feature))
    }
    let (model, weights) = graph.encodedAsSource()
    let read = try Graph(decoding: ModelFile(graph: model, weights: weights))
    #expect(constants.indices.map { read.constants[read.outputs[$0 + 1].tensor] } == constants)
  }

  @Test func compiledGraphIsRefused() throws {
    var (model, weights) = graphWithGolden().encodedAsSource()
    model.stage = .compiled
    guard let file = try? ModelFile(graph: model, weights: weights) else { return }
    #expect(throws: GraphError.notSource) { try Graph(decoding: file) }
  }
}
