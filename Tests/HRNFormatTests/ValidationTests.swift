import HRNFormat
import HRNTestSupport
import Testing

@testable import enum HRNFormat.BorderClasses

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
  /// The classes of output positions, stated plainly: which taps lie inside, in order of first appearance.
  private func classes(outputs: Int, input: Int, kernel: Int, stride: Int, padding: Int) -> [Int] {
    var seen: [[Int]] = []
    return (0..<outputs).map { position in
      let taps = (0..<kernel).filter { (0..<input).contains(position * stride + $0 - padding) }
      if let known = seen.firstIndex(of: taps) { return known }
      seen.append(taps)
      return seen.count - 1
    }
  }

  /// The example of Schemas/README.md.
  @Test func theExampleOfTheDocumentHolds() {
    #expect(classes(outputs: 7, input: 14, kernel: 7, stride: 2, padding: 3) == [0, 1, 2, 2, 2, 2, 3])
    #expect(BorderClasses.count(outputs: 7, input: 14, kernel: 7, stride: 2, padding: 3) == 4)
  }

  @Test func countsTheClassesOfAnyGeometry() {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<3000 {
      let kernel = Int.random(in: 1...9, using: &random)
      let stride = Int.random(in: 1...4, using: &random)
      let padding = Int.random(in: 0..<kernel, using: &random)
      let input = Int.random(in: 1...24, using: &random)
      guard input + 2 * padding >= kernel else { continue }
      let outputs = (input + 2 * padding - kernel) / stride + 1
      let expected = classes(outputs: outputs, input: input, kernel: kernel, stride: stride, padding: padding)
      let count = BorderClasses.count(
        outputs: outputs, input: input, kernel: kernel, stride: stride, padding: padding)
      #expect(
        count == Set(expected).count,
        "seed 7: input \(input), kernel \(kernel), stride \(stride), padding \(padding)")
    }
  }

  @Test func stopsCountingWhereNoKernelGoes() {
    let count = BorderClasses.count(
      outputs: 1 << 24, input: 1 << 24, kernel: (1 << 23) + 1, stride: 1, padding: 1 << 22)
    #expect(count == 257)
  }
}
