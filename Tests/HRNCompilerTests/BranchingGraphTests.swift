import HRNFormat
import HRNGraph
import HRNRuntime
import HRNTestSupport
import Testing

@testable import HRNCompiler

/// Networks that are no ResNets, through passes, quantization and lowering, as they run.
@Suite struct BranchingGraphTests {
  private static func runner(_ graph: Graph, _ options: SessionOptions = SessionOptions()) throws -> CompiledRunner {
    let lowered = try Lowering.lower(graph)
    return try CompiledRunner(ModelFile(graph: lowered.graph, weights: lowered.weights), options: options)
  }

  private static func pictures(_ graph: Graph, _ count: Int, seed: UInt64) -> [[UInt8]] {
    randomPictures(count, shape: Array(graph.shape(of: graph.inputs[0]).dropFirst()), seed: seed)
  }

  /// Folding and other orders of sums cost a few units of 1e-6.
  @Test(arguments: BranchingGraph.allCases) func floatsAreTheReferences(_ network: BranchingGraph) throws {
    let graph = network.graph()
    let fused = try PassPipeline().run(on: graph)
    for compiled in [graph, fused] {
      let (runner, reference) = (try Self.runner(compiled), try ReferenceExecutor(graph, products: .plain))
      for picture in Self.pictures(graph, 3, seed: 5) {
        let values = graph.recipe!.normalized(picture)
        let expected = reference.run([values])
        for input in [NetworkInput.pixels(picture), .values(values)] {
          for (found, wanted) in zip(try runner.outputs(for: input), expected) {
            let largest = zip(found, wanted).map { abs($0 - $1) }.max() ?? 0
            #expect(found.count == wanted.count && largest <= 2e-5, "\(network)")
          }
        }
      }
    }
  }

  /// Bytes are those of the formulas on every kind of CPU and any number of threads, and near the float network.
  @Test(arguments: BranchingGraph.allCases) func integersAreTheFormulas(_ network: BranchingGraph) throws {
    let graph = network.graph()
    let fused = try PassPipeline().run(on: graph)
    let int8 = try QuantizeInt8.quantize(
      fused, calibration: try calibrated(fused, on: Self.pictures(graph, 12, seed: 3)))
    let (reference, formulas) = (try ReferenceExecutor(graph, products: .plain), Int8Reference(int8))
    var (wanted, found) = ([Float](), [Float]())
    for tier in CPUTier.allCases where tier.rawValue <= CPUTier.best.rawValue {
      for threads in [1, 3] {
        let runner = try Self.runner(int8, SessionOptions(threads: threads, cpu: tier))
        for picture in Self.pictures(graph, 4, seed: 9) {
          let expected = formulas.run(picture)
          #expect(try runner.outputs(for: .pixels(picture)) == expected, "\(network), \(tier.name), \(threads) threads")
          wanted += reference.run([graph.recipe!.normalized(picture)]).joined()
          found += expected.joined()
        }
      }
    }
    #expect(decibels(wanted, found) > 25, "\(network)")
  }

  @Test func partsThatOnlyAConcatReadsTakeItsScale() throws {
    let graph = BranchingGraph.uneven.graph()
    let fused = try PassPipeline().run(on: graph)
    let int8 = try QuantizeInt8.quantize(
      fused, calibration: try calibrated(fused, on: Self.pictures(graph, 4, seed: 3)))
    let concat = try #require(int8.nodes.first { $0.operation == .concat(Concat()) })
    for part in concat.inputs { #expect(int8.tensors[part].quantization == int8.tensors[concat.output].quantization) }
  }

  /// Ranges that training fixed stand in for calibration, and are what values are rounded to.
  @Test func rangesOfTrainingReplaceCalibration() throws {
    let graph = BranchingGraph.dense.graph()
    var fused = try PassPipeline(skipping: ["fuse-global-average-pool"]).run(on: graph)
    let calibration = try calibrated(fused, on: Self.pictures(graph, 4, seed: 3))
    #expect(throws: QuantizeError.self) { try QuantizeInt8.quantize(fused, calibration: Calibration()) }
    for node in fused.nodes {
      let histogram = try calibration.histogram(of: node.output, in: fused)
      fused.tensors[node.output].range = ValueRange(low: min(0, histogram.minimum), high: max(1e-3, histogram.maximum))
    }
    let int8 = try QuantizeInt8.quantize(fused, calibration: Calibration())
    #expect(int8.provenance.calibration?.images == 0)
    let stem = try #require(int8.nodes.first { $0.operation.kind == .convolution })
    let range = try #require(fused.tensors.first { $0.name == int8.tensors[stem.output].name }?.range)
    #expect(int8.tensors[stem.output].quantization == .uint8(Double(range.low)...Double(range.high)))
    let runner = try Self.runner(int8)
    for picture in Self.pictures(graph, 3, seed: 9) {
      let expected = try ReferenceExecutor(graph, products: .plain).run([graph.recipe!.normalized(picture)])
      let found = try runner.outputs(for: .pixels(picture))
      #expect(found == Int8Reference(int8).run(picture))
      #expect(decibels(expected[0], found[0]) > 25)
    }
  }
}
