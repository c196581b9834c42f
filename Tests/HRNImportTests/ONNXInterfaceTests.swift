import HRNFormat
import HRNGraph
import Testing

@testable import HRNImport

/// What whoever imports an ONNX model says about it: sizes that the file leaves open, labels.
@Suite struct ONNXInterfaceTests {
  private static let relu = Wire.node("Relu", ["x"], ["y"])

  private static func input(_ bytes: [UInt8], height: Int, width: Int) throws(ImportError) -> [Int] {
    let model = try TrainedModel(
      try ONNXModel(ModelBytes(copying: bytes)), ImportOptions(size: (height: height, width: width)))
    return model.graph.shape(of: model.graph.inputs[0])
  }

  @Test func openHeightAndWidthAreThoseAskedFor() throws {
    let planes = Wire.model(of: Self.relu, input: [nil, 3, nil, nil])
    #expect(try Self.input(planes, height: 6, width: 4) == [1, 3, 6, 4])
    let pixels = Wire.model(
      of: Wire.node("Transpose", ["x"], ["t"], Wire.integers("perm", [0, 3, 1, 2])) + Wire.node("Relu", ["t"], ["y"]),
      input: [nil, nil, nil, 3])
    #expect(try Self.input(pixels, height: 6, width: 4) == [1, 3, 6, 4])
  }

  @Test(
    arguments: [
      ([nil, 3, nil, nil], "--size"), ([1, 3, 4, nil], "--size"), ([1, nil, 4, 4], "along axis 1"),
      ([nil], "along axis 0"), ([1, nil], "along axis 1"),
    ] as [([Int64?], String)])
  func whatElseIsOpenIsRefused(extents: [Int64?], words: String) {
    guard case .failure(let error) = imported(Wire.model(of: Self.relu, input: extents)) else {
      Issue.record("imported; expected \(words)")
      return
    }
    #expect(error.message.contains(words), "\(error.message)")
  }

  @Test func anotherSizeThanTheFilesIsRefused() {
    #expect(throws: ImportError.size(asked: [6, 4], fixed: [4, 4], by: "the file's graph reads")) {
      try Self.input(Wire.model(of: Self.relu, input: [1, 3, 4, 4]), height: 6, width: 4)
    }
  }

  // MARK: Labels

  /// Sigmoid scores, a linear's, of each of the given numbers of labels, by name `y0`, `y1`, ….
  private static func classifiers(_ sizes: [Int]) throws -> ONNXModel {
    var graph = Wire.input("x", [1, 2])
    for (index, size) in sizes.enumerated() {
      graph += Wire.tensor("w\(index)", [2, Int64(size)], Wire.floats([Float](repeating: 0.5, count: 2 * size)))
      graph += Wire.node("MatMul", ["x", "w\(index)"], ["z\(index)"])
      graph += Wire.node("Sigmoid", ["z\(index)"], ["y\(index)"]) + Wire.output("y\(index)")
    }
    return try ONNXModel(ModelBytes(copying: Wire.model(graph)))
  }

  @Test func labelsOfATableAreThoseOfTheOutputsWithAsManyScores() throws {
    let tree = try LabelTree(table: "group\tkind\nbird\twren\nbird\trook\nfish\tcarp\n")
    let model = try TrainedModel(try Self.classifiers([2, 3]), ImportOptions(labels: tree))
    #expect(model.graph.tree == tree)
    #expect(model.graph.outputs.map(\.name) == ["group.sigmoid", "kind.sigmoid"])
    #expect(model.graph.outputs.map(\.level) == [0, 1])
    #expect(model.graph.outputs.map(\.decides) == [true, true])
    #expect(model.notes.contains("labels: those given with --labels"))
    #expect(throws: ImportError.network(.outputLabels(output: "y1", scores: [1, 4], found: [2, 3]))) {
      try TrainedModel(try Self.classifiers([2, 4]), ImportOptions(labels: tree))
    }
  }

  @Test(arguments: [[13, 38, 200], [30, 70, 100], [9, 196]])
  func numbersOfABenchmarkBringItsLabels(sizes: [Int]) throws {
    let model = try TrainedModel(try Self.classifiers(sizes), ImportOptions())
    let benchmark = try #require(BenchmarkTrees.find(sizes: sizes))
    #expect(model.graph.tree == benchmark.tree)
    #expect(model.graph.outputs.map(\.level) == Array(sizes.indices))
    #expect(model.notes.contains("labels: those of \(benchmark.name), told by their numbers"))
  }

  @Test func otherNumbersBringNoLabels() throws {
    let model = try TrainedModel(try Self.classifiers([9, 195]), ImportOptions())
    #expect(model.graph.tree == nil)
    #expect(model.graph.outputs.map(\.name) == ["y0", "y1"])
    #expect(model.notes.contains { $0.hasPrefix("labels: none") })
  }
}
