import Foundation
import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

@testable import HRNCompiler

@Suite struct CompileInspectionTests {
  @Test func lowerBoundFromTheFileIsThePlans() throws {
    let lowered = try Lowering.lower(Self.graph())
    let inspection = Inspection(lowered.graph)
    #expect(inspection.arena?.bytes == lowered.arena.byteCount)
    #expect(inspection.arena?.lowerBound == lowered.arena.lowerBound)
  }

  @Test func productsAreCountedWithoutPaddingLanes() throws {
    // The stem: 6×6 positions of 3×3×3 products for 40 channels; the head: 5 × 40.
    let inspection = Inspection(try Lowering.lower(Self.graph()).graph)
    #expect(inspection.sizes.multiplications == 36 * 27 * 40 + 5 * 40)
    #expect(inspection.sizes.parameters == 27 * 40 + 40 + 5 * 40 + 5)
  }

  @Test func textSaysWhatTheFileHolds() throws {
    var graph = try Lowering.lower(Self.graph()).graph
    graph.tree = evenTree(levels: [2, 5])
    graph.recipe = squareRecipe(size: 12, channels: 3)
    graph.passes = [PassRecord(name: "fuse-activation", nodes: ["a", "b"])]
    graph.provenance.calibration = Provenance.Calibration(method: "minmax", images: 17, imagesSHA256: [1, 255])
    let text = Inspection(graph, fileBytes: 12345).text
    for words in [
      "small: compiled, float32, format 1", "12.1 KiB", "level1: 2 labels", "resize to 12×12",
      "calibrated on: 17 images, minmax", "calibration SHA-256: 01ff", "fuse-activation: 2", "lower bound",
      "convolution(image) W 40×3×3×3 [stride 2, padding 1, relu]", "output 0: 5 × feature",
    ] {
      #expect(text.contains(words), "\(words)")
    }
  }

  @Test func jsonHoldsEveryTensorWithItsPlace() throws {
    let lowered = try Lowering.lower(Self.graph())
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(Inspection(lowered.graph).json.utf8)) as? [String: Any])
    let tensors = try #require(json["tensors"] as? [[String: Any]])
    #expect(tensors.count == lowered.graph.tensors.count)
    #expect(tensors.allSatisfy { ($0["region"] as? [Int])?.count == 2 })
    #expect((json["nodes"] as? [Any])?.count == lowered.graph.nodes.count)
  }

  @Test(arguments: [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1_022_976, "999.0 KiB"), (5 << 20, "5.0 MiB")])
  func amountsOfMemoryReadEasily(count: Int, words: String) {
    #expect(Bytes.words(count) == words)
  }

  private static func graph() -> Graph {
    var graph = SmallGraph(image: [3, 12, 12])
    let stem = graph.convolution(graph.image, outputs: 40, kernel: 3, stride: 2, padding: 1)
    return graph.finish(pooling: [stem])
  }
}
