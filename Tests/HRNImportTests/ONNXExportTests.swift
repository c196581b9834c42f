import Foundation
import HRNFormat
import HRNGraph
import Testing

@testable import HRNImport

/// Networks as both of PyTorch's exporters write them, against PyTorch's own answers.
@Suite struct ONNXExportTests {
  @Test(arguments: ONNXFixture.names) func importedNetworkAnswersAsPyTorchDid(name: String) throws {
    let fixture = try ONNXFixture(name)
    let (graph, _) = try fixture.model.graph(name: name)
    let executor = try ReferenceExecutor(graph)
    var rest = fixture.values[...]
    let inputs = [Array(rest.prefix(graph.shape(of: graph.inputs[0]).reduce(1, *)))]
    rest = rest.dropFirst(inputs[0].count)
    var expected: [[Float]] = fixture.widths.map { width in
      defer { rest = rest.dropFirst(width) }
      return Array(rest.prefix(width))
    }
    #expect(rest.isEmpty)
    if name.hasPrefix("hrn") { expected = HRNAnswers.taken(apart: expected) }
    if name.hasPrefix("handmade") { expected[2] = expected[2].map(exp) }
    let found = executor.run(inputs)
    try #require(found.map(\.count) == expected.map(\.count))
    for (found, expected) in zip(found, expected) {
      for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-5 * max(1, abs(b))) }
    }
  }

  @Test(arguments: ONNXFixture.names.filter { $0.hasPrefix("hrn") })
  func outputsOfAnHRNAreThoseOfItsCheckpoint(name: String) throws {
    let (graph, notes) = try ONNXFixture(name).model.graph(name: name)
    #expect(graph.outputs.map(\.kind) == [.sigmoid, .softmax, .sigmoid])
    #expect(graph.outputs.map { graph.shape(of: $0.tensor) } == [[1, 2], [1, 5], [1, 5]])
    #expect(notes.contains { $0.contains("softmax is put behind") })
  }

  @Test func shapeArithmeticAndGatesLeaveNoNode() throws {
    let text = try ONNXFixture("handmade-opset11").model.graph(name: "handmade").graph.text()
    #expect(text.contains("hard-swish"))
    #expect(!text.contains("relu"))
  }
}

/// A model of `Resources` with an input and PyTorch's outputs.
struct ONNXFixture {
  static let names =
    ["hrn-opset10", "hrn-opset17", "hrn-dynamo", "hrn-joined-opset17", "small-opset17", "typed"]
    + ["layers", "handmade"].flatMap { net in
      ["opset9", "opset11", "opset13", "opset17", "dynamo"].map { "\(net)-\($0)" }
    }

  let bytes: [UInt8]
  let values: [Float]
  /// Numbers of each output.
  let widths: [Int]

  init(_ name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Resources")
    bytes = [UInt8](try Data(contentsOf: folder.appending(path: name + ".onnx")))
    values = try Data(contentsOf: folder.appending(path: name + ".values")).withUnsafeBytes {
      Array($0.bindMemory(to: Float.self))
    }
    widths =
      switch name.prefix { $0 != "-" } {
      case "hrn" where name.contains("joined"): [7, 7, 5]
      case "hrn": [2, 5, 5]
      case "layers": [10, 55]
      case "handmade": [7, 5, 6, 6]
      default: [3]
      }
  }

  var model: ONNXModel {
    get throws { try ONNXModel(ModelBytes(copying: bytes)) }
  }
}

/// What an HRN's outputs are once they have the form of a checkpoint's.
enum HRNAnswers {
  static func taken(apart answers: [[Float]]) -> [[Float]] {
    let joined = answers[0].count == 7
    let logits = joined ? answers[2] : answers[1]
    let powers = logits.map { exp($0 - logits.max()!) }
    let softmax = powers.map { $0 / powers.reduce(0, +) }
    return joined
      ? [Array(answers[0][..<2]), softmax, Array(answers[0][2...])] : [answers[0], softmax, answers[2]]
  }
}
