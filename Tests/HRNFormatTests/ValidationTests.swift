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

struct BorderAxisTests {
  private struct Axis {
    var outputs, input, kernel, stride, padding: Int
    var dilation = 1

    /// The classes of output positions, stated plainly: which taps lie inside, in order of first appearance.
    var plainly: (classOf: [Int], taps: [[Int]]) {
      var seen: [[Int]] = []
      let classOf = (0..<outputs).map { position in
        let taps = (0..<kernel).filter { (0..<input).contains(position * stride + $0 * dilation - padding) }
        if let known = seen.firstIndex(of: taps) { return known }
        seen.append(taps)
        return seen.count - 1
      }
      return (classOf, seen)
    }

    func found(limit: Int = .max) -> BorderAxis {
      BorderAxis(
        outputs: outputs, input: input, kernel: kernel, stride: stride, padding: padding, dilation: dilation,
        limit: limit)
    }
  }

  /// The example of Schemas/README.md.
  @Test func theExampleOfTheDocumentHolds() {
    let axis = Axis(outputs: 7, input: 14, kernel: 7, stride: 2, padding: 3)
    #expect(axis.plainly.classOf == [0, 1, 2, 2, 2, 2, 3])
    #expect(axis.found().classOf == [0, 1, 2, 2, 2, 2, 3])
    #expect(axis.found().taps == [3..<7, 1..<7, 0..<7, 0..<5])
  }

  @Test func knowsTheClassesOfAnyGeometry() {
    var random = SeededGenerator(seed: 7)
    var dilated = 0
    for _ in 0..<4000 {
      var axis = Axis(
        outputs: 0, input: Int.random(in: 1...24, using: &random), kernel: Int.random(in: 1...9, using: &random),
        stride: Int.random(in: 1...4, using: &random), padding: 0, dilation: Int.random(in: 1...5, using: &random))
      let extent = (axis.kernel - 1) * axis.dilation + 1
      axis.padding = Int.random(in: 0..<extent, using: &random)
      guard axis.input + 2 * axis.padding >= extent else { continue }
      axis.outputs = (axis.input + 2 * axis.padding - extent) / axis.stride + 1
      let (classOf, taps) = axis.plainly
      #expect(axis.found().classOf == classOf, "seed 7: \(axis)")
      #expect(axis.found().taps.map(Array.init) == taps, "seed 7: \(axis)")
      dilated += axis.dilation > 1 && taps.contains([]) ? 1 : 0
    }
    #expect(dilated > 10, "windows that hold nothing between their taps are among them")
  }

  @Test func stopsCountingWhereNoKernelGoes() {
    let axis = Axis(outputs: 1 << 24, input: 1 << 24, kernel: (1 << 23) + 1, stride: 1, padding: 1 << 22)
    #expect(axis.found(limit: Limits.borderClasses).count == 257)
  }
}

struct InputBlocksTests {
  @Test func everyGroupOfLanesReadsWhatItsOutputsRead() {
    var random = SeededGenerator(seed: 8)
    for _ in 0..<rounds(2000) {
      let groups = Int.random(in: 1...40, using: &random)
      let (inputs, outputs) = (Int.random(in: 1...70, using: &random), groups * Int.random(in: 1...70, using: &random))
      let block = [16, 32, 64][Int.random(in: 0...2, using: &random)]
      let blocks = InputBlocks(outputs: outputs, inputs: inputs, groups: groups, block: block)
      #expect(blocks.total == (inputs * groups + block - 1) / block)
      for output in 0..<outputs {
        let first = blocks.first(of: output / 64)
        #expect(first >= 0 && first + blocks.count <= blocks.total)
        let channel = output / (outputs / groups) * inputs
        guard first <= channel / block, (channel + inputs - 1) / block < first + blocks.count else {
          Issue.record("seed 8: output \(output) of \(outputs) in \(groups) groups of \(inputs), blocks of \(block)")
          return
        }
      }
    }
  }

  @Test func aConvolutionWithoutGroupsReadsAllOfThem() {
    #expect(InputBlocks(outputs: 200, inputs: 130, groups: 1, block: 64).count == 3)
  }

  /// ResNeXt's 32x4d: 64 outputs read the 64 channels of theirs.
  @Test func narrowGroupsReadFewBlocks() {
    let blocks = InputBlocks(outputs: 256, inputs: 8, groups: 32, block: 16)
    #expect(blocks.count == 4)
    #expect((0..<4).map { blocks.first(of: $0) } == [0, 4, 8, 12])
  }
}
