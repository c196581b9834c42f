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
}
