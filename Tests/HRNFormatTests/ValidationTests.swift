import HRNFormat
import HRNTestSupport
import Testing

struct ValidationTests {
  @Test(arguments: Sample.allCases) func acceptsAValidGraph(_ sample: Sample) throws {
    let model = try sample.model()
    try model.graph.validate(payloadByteCount: model.weights.count)
  }

  /// Each rule has a change that breaks it, and says so in the words of the golden file.
  @Test func refusesEachBrokenRuleInItsOwnWords() throws {
    var text = ""
    for mutation in Mutation.all {
      let error = try mutation.error()
      text += "\(mutation.name) (\(mutation.sample))\n  \(error?.message ?? "accepted")\n"
    }
    #expect(try goldenDifference(text, "violations.txt") == nil)
  }

  @Test(arguments: Mutation.all) func neverWritesWhatItWouldRefuse(_ mutation: Mutation) throws {
    var model = try mutation.sample.model()
    mutation.change(&model)
    #expect(throws: FormatError.self) { try ModelWriter.encode(model.graph, weights: model.weights) }
    #expect(throws: FormatError.self) { try ModelFile(graph: model.graph, weights: model.weights) }
  }

  @Test func acceptsThirtyTwoBitsOfPooledBytes() throws {
    var model = try TinyModels.compiled(.int8)
    model.edit(node: "features") { $0.requantization?.poolHigh = 65535 }
    try model.graph.validate(payloadByteCount: model.weights.count)
  }

  @Test func acceptsNamesInAnyScript() throws {
    var model = TinyModels.source()
    model.graph.tree?.levels[1].labels = ["Zaunkönig", "カラス", "🐟 鲤鱼"]
    let bytes = try ModelWriter.encode(model.graph, weights: model.weights)
    #expect(try ModelFile(bytes: bytes).graph == model.graph)
  }

  @Test func acceptsOneLabelBelowTwoParents() throws {
    var model = TinyModels.source()
    model.graph.tree?.levels[1].labels = ["other", "crow", "other"]
    try model.graph.validate(payloadByteCount: model.weights.count)
  }
}

struct BorderClassTests {
  @Test(arguments: [
    // outputs, input, kernel, stride, padding, classes
    (5, 5, 3, 1, 1, [0, 1, 1, 1, 2]), (3, 5, 3, 2, 1, [0, 1, 2]), (3, 6, 3, 2, 1, [0, 1, 1]),
    (1, 1, 3, 1, 1, [0]), (2, 2, 3, 1, 1, [0, 1]), (5, 5, 1, 1, 0, [0, 0, 0, 0, 0]),
    (4, 4, 7, 1, 3, [0, 1, 2, 3]), (4, 7, 7, 2, 3, [0, 1, 2, 3]), (5, 9, 7, 2, 3, [0, 1, 2, 3, 4]),
    (7, 14, 7, 2, 3, [0, 1, 2, 2, 2, 2, 3]),
  ])
  func numbersPairsOfFirstAndLastTapInOrderOfAppearance(
    outputs: Int, input: Int, kernel: Int, stride: Int, padding: Int, expected: [Int]
  ) {
    let classes = BorderClasses.classes(
      outputs: outputs, input: input, kernel: kernel, stride: stride, padding: padding)
    #expect(classes == expected)
    let count = BorderClasses.count(
      outputs: outputs, input: input, kernel: kernel, stride: stride, padding: padding)
    #expect(count == (expected.max() ?? 0) + 1)
  }

  @Test func countsAsManyAsItNumbersForAnyGeometry() {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<2000 {
      let kernel = Int.random(in: 1...9, using: &random)
      let stride = Int.random(in: 1...4, using: &random)
      let padding = Int.random(in: 0..<kernel, using: &random)
      let input = Int.random(in: 1...24, using: &random)
      guard input + 2 * padding >= kernel else { continue }
      let outputs = (input + 2 * padding - kernel) / stride + 1
      let classes = BorderClasses.classes(
        outputs: outputs, input: input, kernel: kernel, stride: stride, padding: padding)
      let count = BorderClasses.count(
        outputs: outputs, input: input, kernel: kernel, stride: stride, padding: padding)
      #expect(
        count == Set(classes).count,
        "seed 7: input \(input), kernel \(kernel), stride \(stride), padding \(padding)")
    }
  }
}
