import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

@testable import HRNCompiler

/// Convolutions in groups, with gaps, unevenly padded, and pools of every kind, from float to a file's bits.
@Suite struct QuantizeConvolutionTests {
  /// A small EfficientNet with a ResNeXt block, a dilated one and every pool.
  private func network(size: Int = 14) throws -> Graph {
    var g = FusedGraph(shape: [1, 3, size, size], mean: [0.48, 0.45, 0.4], std: [0.23, 0.22, 0.25])
    func convolution(_ name: String, _ inputs: [Int], _ outputs: Int, _ kernel: Int, _ convolution: Convolution) throws
      -> Int
    {
      let depth = g.graph.tensors[inputs[0]].shape[1] / convolution.groups
      let shape = [outputs, depth, kernel, kernel]
      let bound = (3 / Float(depth * kernel * kernel)).squareRoot()
      return try g.node(
        name, .convolution(convolution), inputs, weights: g.random.floats(shape.reduce(1, *), in: -bound...bound),
        bias: g.random.floats(outputs, in: -0.3...0.3), weightShape: shape)
    }
    let (two, after) = (Extent2D(y: 2, x: 2), Padding(top: 0, left: 0, bottom: 1, right: 1))
    let stem = try convolution(
      "stem", [g.image], 24, 3, Convolution(stride: two, padding: after, activation: .relu(high: 6)))
    let dark = try convolution("signed", [stem], 24, 1, Convolution())
    let apart = try convolution(
      "depthwise", [dark, stem], 24, 5, Convolution(padding: Padding(2), groups: 24, activation: .relu(high: 6)))
    let narrowed = try convolution(
      "strided", [dark], 24, 3, Convolution(stride: two, padding: after, groups: 24, activation: .relu()))
    let grouped = try convolution("grouped", [dark], 40, 3, Convolution(padding: Padding(1), groups: 4))
    let dilated = try convolution("dilated", [dark], 20, 3, Convolution(padding: Padding(2), dilation: two))
    let window = Pool.window(
      .average, kernel: Extent2D(y: 3, x: 3), stride: two, padding: Padding(top: 1, left: 0, bottom: 1, right: 2))
    let averaged = try g.node("average", .pool(window), [grouped])
    for (name, map) in [("a", apart), ("b", narrowed), ("c", averaged), ("d", dilated)] {
      for (kind, pool) in [("max", PoolKind.max), ("mean", .average)] {
        let pooled = try g.node(name + kind, .pool(.global(pool)), [map])
        g.output(name + kind, try g.node("flat." + name + kind, .flatten(Flatten()), [pooled]))
      }
    }
    try g.graph.verify()
    return g.graph
  }

  @Test func everyOneRunsInIntegersCloseToFloat() throws {
    let graph = try network()
    let pictures = randomPictures(6, shape: [3, 14, 14])
    let int8 = try QuantizeInt8.quantize(graph, calibration: try calibrated(graph, on: pictures))
    for node in int8.nodes {
      switch node.operation {
      case .convolution, .pool: #expect(int8.tensors[node.output].elementType == .uint8, "\(node.name)")
      default: break
      }
    }
    let executor = try ReferenceExecutor(graph, products: .plain)
    let formulas = Int8Reference(int8)
    var (float, found): ([[Float]], [[Float]]) = ([], [])
    for picture in pictures {
      float.append(executor.run([graph.recipe!.normalized(picture)]).flatMap { $0 })
      found.append(formulas.run(picture).flatMap { $0 })
    }
    #expect(decibels(float.flatMap { $0 }, found.flatMap { $0 }) > 32)
  }

  @Test func theFileGivesTheBitsOfTheFormulas() throws {
    let graph = try network()
    let pictures = randomPictures(6, shape: [3, 14, 14])
    let int8 = try QuantizeInt8.quantize(graph, calibration: try calibrated(graph, on: pictures))
    let lowered = try Lowering.lower(int8)
    let runner = try CompiledRunner(ModelFile(graph: lowered.graph, weights: lowered.weights))
    try SelfCheck.requireEqualBits(runner, Int8Reference(int8), on: pictures.map { .pixels($0) })
  }

  /// No pass makes one, but a trained graph may hold one.
  @Test func aPooledConvolutionAddsItsResidualBeforeItAverages() throws {
    var g = FusedGraph(shape: [1, 3, 9, 7], mean: [0.48, 0.45, 0.4], std: [0.23, 0.22, 0.25])
    let stem = try g.convolution("stem", [g.image], outputs: 24, kernel: 3, activation: nil)
    let pooled = try g.convolution("pooled", [stem, stem], outputs: 24, kernel: 3, globalPool: .average)
    g.output("y", try g.node("flat", .flatten(Flatten()), [pooled]))
    try g.graph.verify()
    let pictures = randomPictures(6, shape: [3, 9, 7])
    let int8 = try QuantizeInt8.quantize(g.graph, calibration: try calibrated(g.graph, on: pictures))
    let (executor, formulas) = (try ReferenceExecutor(g.graph, products: .plain), Int8Reference(int8))
    let float = pictures.flatMap { executor.run([g.graph.recipe!.normalized($0)])[0] }
    #expect(decibels(float, pictures.flatMap { formulas.run($0)[0] }) > 32)
    let lowered = try Lowering.lower(int8)
    let runner = try CompiledRunner(ModelFile(graph: lowered.graph, weights: lowered.weights))
    try SelfCheck.requireEqualBits(runner, formulas, on: pictures.map { .pixels($0) })
  }

  /// On average over the pictures that it saw, bias correction leaves no error in any channel of any layer.
  @Test func biasCorrectionCentresGroupsAndGaps() throws {
    let graph = try network()
    let pictures = randomPictures(6, shape: [3, 14, 14])
    let calibration = try calibrated(graph, on: pictures)
    func error(_ corrects: Bool) throws -> Double {
      let int8 = try QuantizeInt8.quantize(
        graph, calibration: calibration, options: QuantizeInt8.Options(correctsBias: corrects))
      let (formulas, executor) = (Int8Reference(int8), try ReferenceExecutor(graph, products: .plain))
      var differences: [Double] = []
      for picture in pictures {
        let float = executor.run([graph.recipe!.normalized(picture)]).flatMap { $0 }
        let found = formulas.run(picture).flatMap { $0 }
        if differences.isEmpty { differences = [Double](repeating: 0, count: float.count) }
        for index in float.indices { differences[index] += Double(float[index] - found[index]) }
      }
      return differences.reduce(0) { $0 + $1 * $1 }
    }
    #expect(try error(true) < error(false))
  }
}
