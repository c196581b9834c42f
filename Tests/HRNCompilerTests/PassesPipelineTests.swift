import HRNCompiler
import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

@Suite struct PassesPipelineTests {
  static let expected = """
    %0 = input image : float32 [1, 3, 16, 16]
    %1 = convolution(%0, stem.conv.weight, stem.conv.bias) kernel 7 stride 2 padding 3 relu : float32 [1, 16, 8, 8]
    %2 = max-pool(%1) kernel 3 stride 2 padding 1 : float32 [1, 16, 4, 4]
    %3 = convolution(%2, trunk.0.conv1.weight, trunk.0.conv1.bias) kernel 3 padding 1 relu : float32 [1, 16, 4, 4]
    %4 = convolution(%3, trunk.0.conv2.weight, trunk.0.conv2.bias) kernel 3 padding 1 residual %2 relu : float32 \
    [1, 16, 4, 4]
    %5 = convolution(%4, trunk.1.conv1.weight, trunk.1.conv1.bias) kernel 3 stride 2 padding 1 relu : float32 [1, \
    32, 2, 2]
    %6 = convolution(%4, trunk.1.downsample.conv.weight, trunk.1.downsample.conv.bias) kernel 1 stride 2 : \
    float32 [1, 32, 2, 2]
    %7 = convolution(%5, trunk.1.conv2.weight, trunk.1.conv2.bias) kernel 3 padding 1 residual %6 relu : float32 \
    [1, 32, 2, 2]
    %8 = convolution(%7, level1.block.conv1+level2.block.conv1+level3.block.conv1.weight, \
    level1.block.conv1+level2.block.conv1+level3.block.conv1.bias) kernel 1 relu : float32 [1, 48, 2, 2]
    %9 = slice(%8) from 0 : float32 [1, 16, 2, 2]
    %10 = convolution(%9, level1.block.conv2.weight, level1.block.conv2.bias) kernel 3 padding 1 relu pool : \
    float32 [1, 32, 1, 1]
    %11 = flatten(%10) : float32 [1, 32]
    %12 = linear(%11, level1.fc.1.weight, level1.fc.1.bias) elu : float32 [1, 16]
    %13 = linear(%12, level1.fc.4.weight, level1.fc.4.bias) : float32 [1, 24]
    %14 = relu(%13) : float32 [1, 24]
    %15 = linear(%14, level1.head.weight, level1.head.bias) : float32 [1, 2]
    %16 = sigmoid(%15) : float32 [1, 2]
    %17 = slice(%8) from 16 : float32 [1, 16, 2, 2]
    %18 = convolution(%17, level2.block.conv2.weight, level2.block.conv2.bias) kernel 3 padding 1 relu pool : \
    float32 [1, 32, 1, 1]
    %19 = flatten(%18) : float32 [1, 32]
    %20 = linear(%19, level2.fc.1.weight, level2.fc.1.bias) elu : float32 [1, 16]
    %21 = linear(%20, level2.fc.4.weight, level2.fc.4.bias) addend %13 : float32 [1, 24]
    %22 = relu(%21) : float32 [1, 24]
    %23 = linear(%22, level2.head.weight, level2.head.bias) : float32 [1, 5]
    %24 = sigmoid(%23) : float32 [1, 5]
    %25 = slice(%8) from 32 : float32 [1, 16, 2, 2]
    %26 = convolution(%25, level3.block.conv2.weight, level3.block.conv2.bias) kernel 3 padding 1 relu pool : \
    float32 [1, 32, 1, 1]
    %27 = flatten(%26) : float32 [1, 32]
    %28 = linear(%27, level3.fc.1.weight, level3.fc.1.bias) elu : float32 [1, 16]
    %29 = linear(%28, level3.fc.4.weight, level3.fc.4.bias) addend %21 : float32 [1, 24]
    %30 = relu(%29) : float32 [1, 24]
    %31 = linear(%30, level3.head+level3.leaf-head.weight, level3.head+level3.leaf-head.bias) : float32 [1, 24]
    %32 = slice(%31) from 0 : float32 [1, 12]
    %33 = sigmoid(%32) : float32 [1, 12]
    %34 = slice(%31) from 12 : float32 [1, 12]
    %35 = softmax(%34) : float32 [1, 12]
    output level1.sigmoid = %16 sigmoid level 0 decides
    output level2.sigmoid = %24 sigmoid level 1 decides
    output level3.sigmoid = %33 sigmoid level 2
    output level3.softmax = %35 softmax level 2 decides

    """

  /// Whatever way its sums are written in, an HRN becomes one text: no norm, no sum, no pool but the stem's, the 1x1
  /// convolutions and the leaf heads merged, each level's embedding starting from the coarser level's sum.
  @Test(arguments: HierarchicalSums.allCases, [false, true])
  func wholeNetworkBecomesTheExpectedText(_ sums: HierarchicalSums, _ repeatsReLU: Bool) throws {
    let graph = hrnGraph(sums: sums, repeatsReLU: repeatsReLU)
    let result = try PassPipeline().run(on: graph)
    #expect(result.text() == Self.expected)
    #expect(try differences(graph, result, tolerance: 1e-5) == [])
  }

  @Test func fusedNodesSayWhatTheyStandFor() throws {
    let graph = hrnGraph(levels: [2, 5])
    let result = try PassPipeline().run(on: graph)
    #expect(result.node(named: "stem.conv")?.sources == ["stem.conv", "stem.bn", "stem.relu"])
    #expect(
      result.node(named: "trunk.1.conv2")?.sources
        == ["trunk.1.conv2", "trunk.1.bn2", "trunk.1.add", "trunk.1.relu"])
    #expect(
      result.node(named: "level2.fc.1")?.sources
        == ["level2.fc.0", "level2.fc.1", "level2.fc.2", "level2.fc.3"])
    #expect(result.node(named: "level2.fc.4")?.sources == ["level2.fc.4", "level2.sum"])
    let standsFor = Set(result.nodes.flatMap(\.origins))
    #expect(graph.nodes.allSatisfy { standsFor.contains($0.name) })
  }

  @Test func logSaysWhatEachPassChanged() throws {
    let result = try PassPipeline().run(on: hrnGraph(levels: [2, 5]))
    #expect(
      result.passes.map(\.name) == [
        "fuse-convolution-batch-norm", "fold-batch-norm-into-linear", "fuse-residual-add", "fuse-activation",
        "fuse-global-average-pool", "merge-parallel-convolutions", "fold-hierarchical-residuals",
        "merge-parallel-linears",
      ])
    #expect(result.passes[2].nodes == ["trunk.0.add", "trunk.1.add"])
  }

  @Test func passesCanBeSkippedAndStoppedAfter() throws {
    let graph = hrnGraph(levels: [2, 5])
    let skipped = try PassPipeline(skipping: ["fuse-convolution-batch-norm"]).run(on: graph)
    #expect(skipped.nodes.contains { $0.operation.kind == .batchNorm })
    #expect(!skipped.passes.contains { $0.name == "fuse-convolution-batch-norm" })
    let stopped = try PassPipeline(stopAfter: "fuse-convolution-batch-norm").run(on: graph)
    #expect(stopped.passes.map(\.name) == ["fuse-convolution-batch-norm"])
    #expect(try differences(graph, skipped, tolerance: 1e-5) == [])
  }

  @Test func unknownPassIsRefused() throws {
    let error = try #require(throws: PassError.self) { try PassPipeline(stopAfter: "fuse-everything") }
    #expect(error.message.hasPrefix("there is no pass 'fuse-everything', expected one of: remove-dead-nodes, "))
    #expect(throws: PassError.self) { try PassPipeline(skipping: ["fuse-everything"]) }
  }

  @Test func everyPassHasItsOwnNameAndSaysWhatItDoes() {
    #expect(Set(PassPipeline.all.map { $0.name }).count == PassPipeline.all.count)
    for pass in PassPipeline.all {
      #expect(pass.summary.contains("Given:") && pass.summary.contains("Keeps"), "\(pass.name)")
    }
  }

  @Test func aPassThatBreaksTheGraphIsNamed() throws {
    struct Breaking: Pass {
      static let name = "breaking"
      static let summary = ""
      func rewrite(_ node: Node, in graph: Graph) -> Patch? {
        guard node.name == "stem.relu" else { return nil }
        var patch = Patch(of: graph)
        patch.remove(node)
        return patch
      }
    }
    let error = try #require(throws: PassError.self) { try Breaking().run(on: hrnGraph(levels: [2, 5])) }
    #expect(error.message.hasPrefix("pass 'breaking' broke the graph at node 'stem.relu': node 'stem.pool' reads"))
  }

  @Test func aPassWithoutEndIsNamed() throws {
    struct Endless: Pass {
      static let name = "endless"
      static let summary = ""
      func rewrite(_ node: Node, in graph: Graph) -> Patch? { Patch(of: graph) }
    }
    var builder = GraphBuilder()
    builder.output("y", builder.relu(builder.input([1, 2])))
    #expect(throws: PassError.endless(pass: "endless")) { try Endless().run(on: builder.graph) }
  }
}

@Suite struct PassesLevelsTests {
  @Test func coarserLevelsKeepTheirAnswers() throws {
    var graph = hrnGraph(levels: [2, 5, 12])
    graph.goldens = [
      GoldenPicture(
        name: "cat", jpeg: [1],
        answers: [
          .init(output: 3, expected: [Float](repeating: 0, count: 12)), .init(output: 1, expected: [1, 2, 3, 4, 5]),
        ])
    ]
    graph.provenance.training = .init(accuracy: ["level1", "level3"].map { .init(level: $0, percent: 9, images: 1) })
    let result = try RemoveUnreadLevels.run(on: graph, keeping: 2)
    try result.verify()
    #expect(result.outputs.map(\.name) == ["level1.sigmoid", "level2.sigmoid"])
    #expect(result.tree?.levels.map(\.name) == ["level1", "level2"])
    #expect(!result.nodes.contains { $0.name.hasPrefix("level3") })
    #expect(result.goldens[0].answers == [.init(output: 1, expected: [1, 2, 3, 4, 5])])
    #expect(result.provenance.training?.accuracy.map(\.level) == ["level1"])
    #expect(result.passes.first?.name == "remove-unread-levels")
    #expect(result.passes.first?.nodes.allSatisfy { $0.hasPrefix("level3") } == true)

    var random = SeededGenerator(seed: 5)
    let image = random.floats(3 * 16 * 16)
    let whole = try ReferenceExecutor(graph, products: .plain).run([image])
    let short = try ReferenceExecutor(result, products: .plain).run([image])
    #expect(short == Array(whole.prefix(2)))
  }

  @Test func theNewLeafLevelDecides() throws {
    let result = try RemoveUnreadLevels.run(on: hrnGraph(levels: [2, 5, 12]), keeping: 1)
    #expect(result.outputs == [result.outputs[0]])
    #expect(result.outputs[0].decides)
  }

  @Test func allLevelsChangeNothing() throws {
    let graph = hrnGraph(levels: [2, 5])
    #expect(try RemoveUnreadLevels.run(on: graph, keeping: 2) == graph)
  }

  @Test(arguments: [0, -1, 3])
  func levelsThatDoNotExistAreRefused(_ levels: Int) {
    #expect(throws: PassError.levels(found: levels, known: 2)) {
      try RemoveUnreadLevels.run(on: hrnGraph(levels: [2, 5]), keeping: levels)
    }
  }

  @Test func aNetworkWithoutTreeIsRefused() {
    var graph = hrnGraph(levels: [2, 5])
    graph.tree = nil
    #expect(throws: PassError.levels(found: 1, known: 0)) { try RemoveUnreadLevels.run(on: graph, keeping: 1) }
    #expect(PassError.levels(found: 1, known: 0).message == "--levels 1 needs a label tree, and the model has none")
  }
}
