import Foundation
import HRNFormat
import HRNGraph
import HRNImport
import HRNRuntime
import HRNTestSupport
import Testing

@testable import HRNCompiler

/// The whole pipeline on small networks, and the file it gives.
@Suite struct CompileTests {
  struct Shape: CustomTestStringConvertible, Sendable {
    var levels = [2, 5, 12]
    var width = 16
    var features = 16
    var embedding = 24
    var imageSize = 16
    var channels = 3
    var bottleneck = false
    var sums = HierarchicalSums.chained
    var testDescription: String { "\(levels) \(width) \(features) \(embedding) \(imageSize) \(channels) \(sums)" }
  }

  static let shapes = [
    Shape(), Shape(levels: [3, 7], width: 6, features: 10, embedding: 5, imageSize: 13, channels: 1),
    Shape(width: 40, features: 33, embedding: 17, bottleneck: true, sums: .full),
    Shape(levels: [2, 3, 5, 9], width: 8, features: 80, embedding: 70, imageSize: 20, sums: .pairs),
    Shape(levels: [4], width: 72, features: 16, embedding: 8, imageSize: 8),
  ]

  @Test(arguments: shapes)
  func compiledFloatNetworkGivesTheReferencesOutputs(shape: Shape) throws {
    let graph = Self.graph(shape)
    let compilation = try Compiler(CompileOptions()).compile(Self.source(graph))
    let runner = try CompiledRunner(ModelFile(bytes: compilation.bytes))
    let reference = try ReferenceExecutor(graph, products: .plain)
    var random = SeededGenerator(seed: 11)
    for _ in 0..<3 {
      let count = graph.tensors[graph.inputs[0]].shape.reduce(1, *)
      let values = random.floats(count, in: -2...2)
      let expected = reference.run([values])
      for (output, (found, wanted)) in zip(try runner.outputs(for: .values(values)), expected).enumerated() {
        let largest = zip(found, wanted).map { abs($0 - $1) }.max() ?? 0
        #expect(found.count == wanted.count)
        #expect(largest <= 1e-5, "output \(graph.outputs[output].name), seed 11")
      }
    }
  }

  @Test(arguments: [
    [String](), ["merge-parallel-convolutions", "merge-parallel-linears"], ["fuse-global-average-pool"],
  ])
  func skippedPassesChangeNoAnswer(skipped: [String]) throws {
    let graph = hrnGraph()
    let options = CompileOptions(skippedPasses: Set(skipped))
    let compilation = try Compiler(options).compile(Self.source(graph))
    #expect(compilation.report.check.largestDifference <= 1e-5)
    #expect(compilation.report.passes.allSatisfy { !skipped.contains($0.name) })
  }

  @Test func equalSourcesGiveEqualBytes() throws {
    let source = Self.source(hrnGraph())
    let one = try Compiler(CompileOptions()).compile(source)
    let other = try Compiler(CompileOptions()).compile(source)
    #expect(one.bytes == other.bytes)
    #expect(one.report == other.report)
  }

  @Test func orderOfCalibrationImagesChangesNoByte() throws {
    let folder = try ScratchFolder()
    var random = SeededGenerator(seed: 5)
    let pictures = (0..<6).map { _ in (0..<256).map { _ in UInt8.random(in: 0...255, using: &random) } }
    let source = Self.source(hrnGraph())
    var results: [[UInt8]] = []
    for (name, order) in [("a", Array(0..<6)), ("b", [3, 1, 5, 0, 4, 2])] {
      let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 6, 0, 0, 0, 16, 0, 0, 0, 16]
      try folder.write(header + order.flatMap { pictures[$0] }, to: "\(name)-idx3-ubyte")
      let images = try ImageSet(path: folder.file("\(name)-idx3-ubyte"))
      let compilation = try Compiler(CompileOptions(precision: .int8)).compile(source, images: images)
      #expect(compilation.report.calibration?.images == 6)
      #expect(try ModelFile(bytes: compilation.bytes).graph.precision == .int8)
      results.append(compilation.bytes)
    }
    #expect(results[0] == results[1])
  }

  @Test func goldensKeepTheTrainersAnswersBesideTheModels() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Models/tiny-hrn/tiny-hrn.hrn").path
    let source = try ModelFile(path: path)
    let compiled = try ModelFile(bytes: Compiler(CompileOptions()).compile(TrainedModel(source)).bytes)
    try #require(!source.graph.goldens.isEmpty)
    #expect(compiled.graph.goldens.map(\.name) == source.graph.goldens.map(\.name))
    for (before, after) in zip(source.graph.goldens, compiled.graph.goldens) {
      #expect(Array(compiled.bytes(after.jpeg)) == Array(source.bytes(before.jpeg)))
      for (trained, answer) in zip(before.answers, after.answers) {
        let reference = try #require(answer.reference)
        let wanted = source.bytes(trained.reference ?? trained.expected).floats
        #expect(compiled.bytes(reference).floats == wanted)
        #expect(zip(compiled.bytes(answer.expected).floats, wanted).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(answer.tolerance == nil)
      }
    }
  }

  @Test func fewerLevelsLeaveTheCoarseOnesAsTheyWere() throws {
    let graph = hrnGraph(levels: [2, 5, 12])
    let compilation = try Compiler(CompileOptions(levels: 2)).compile(Self.source(graph))
    let file = try ModelFile(bytes: compilation.bytes)
    #expect(file.graph.outputs.map(\.name) == ["level1.sigmoid", "level2.sigmoid"])
    #expect(file.graph.tree?.levels.count == 2)
    let values = [Float](repeating: 0.25, count: 3 * 16 * 16)
    let expected = try ReferenceExecutor(graph, products: .plain).run([values])
    let found = try CompiledRunner(file).outputs(for: .values(values))
    for (x, y) in zip(found, expected) { #expect(zip(x, y).allSatisfy { abs($0 - $1) < 1e-5 }) }
  }

  @Test func provenanceNamesTheSourceAndTheOptionsThatMatter() throws {
    let options = CompileOptions(skippedPasses: ["reuse-sums", "fold-constants"], levels: 2, imageLimit: 7)
    var source = Self.source(hrnGraph())
    source.sourceSHA256 = SHA256.digest([7])
    source.format = "safetensors"
    let compilation = try Compiler(options).compile(source)
    let provenance = try ModelFile(bytes: compilation.bytes).graph.provenance
    #expect(provenance.tool == "hrn-compile")
    #expect(provenance.sourceSHA256 == SHA256.digest([7]))
    #expect(provenance.sourceFormat == "safetensors")
    #expect(
      provenance.options == ["precision=float32", "skip-pass=fold-constants", "skip-pass=reuse-sums", "levels=2"])
  }

  // MARK: What is refused

  @Test(arguments: [Float.nan, .infinity])
  func weightsThatAreNotFiniteAreNamed(value: Float) throws {
    var graph = hrnGraph()
    let index = try #require(graph.constants.keys.sorted().first)
    var values = try #require(graph.constants[index]?.floats)
    values[3] = value
    graph.constants[index] = .float32(values)
    let name = graph.tensors[index].name
    try expectError(CompileOptions(), graph, status: .badInput, words: ["'\(name)'", "at 3"])
  }

  @Test func compiledModelIsRefused() throws {
    let compiled = try Compiler(CompileOptions()).compile(Self.source(hrnGraph())).bytes
    do throws(ImportError) {
      _ = try TrainedModel(try! ModelFile(bytes: compiled))
      Issue.record("a compiled model was taken for a trained one")
    } catch {
      #expect(error.status == .badInput)
      #expect(error.message.contains("compiled already"))
    }
  }

  @Test func damagedWeightsAreRefused() throws {
    let source = hrnGraph().encodedAsSource()
    var bytes = try ModelWriter.encode(source.graph, weights: source.weights)
    bytes[bytes.count - 5] ^= 1
    do throws(ImportError) {
      _ = try TrainedModel(try! ModelFile(bytes: bytes))
      Issue.record("a damaged model was taken for a trained one")
    } catch {
      #expect(error.status == .badInput)
      #expect(error.message.contains("digest"))
    }
  }

  @Test func batchNormsWithoutTheirPassesStandAlone() throws {
    let skipped: Set = ["fuse-convolution-batch-norm", "fold-batch-norm-into-convolution"]
    let source = Self.source(hrnGraph())
    let compilation = try Compiler(CompileOptions(skippedPasses: skipped)).compile(source)
    #expect(compilation.report.check.largestDifference <= 1e-5)
    let graph = try ModelFile(bytes: compilation.bytes).graph
    #expect(graph.nodes.contains { $0.operation.name == "batch-norm" })
  }

  /// Sums of some 10⁷ that are equal, unless one is summed in another order than the next, ahead of a softmax: where
  /// fast products do that, the network is read once more and compared with plain ones.
  @Test func anotherOrderOfTheReferencesSumsIsNoReasonToRefuse() throws {
    var builder = GraphBuilder("even")
    let image = builder.input([1, 512, 7, 7])
    let weights = builder.constant("weight", shape: [13, 512, 1, 1], [Float](repeating: 1e6 / 3, count: 13 * 512))
    let map = builder.node(.convolution(Convolution()), [image], parameters: [weights])
    let scores = builder.softmax(builder.flatten(builder.globalAveragePool(map)))
    builder.output("scores", scores, .softmax)
    let model = Self.source(builder.graph)
    var reads = 0
    let compilation = try Compiler(CompileOptions()).compile { () throws(CompileError) in
      reads += 1
      return model
    }
    #expect((1...2).contains(reads))
    #expect(compilation.report.check.largestDifference <= 1e-6)
  }

  @Test func optionsThatCannotBeMetAreUsageErrors() throws {
    try expectError(CompileOptions(precision: .int8), hrnGraph(), status: .usage, words: ["--calibrate"])
    try expectError(CompileOptions(skippedPasses: ["magic"]), hrnGraph(), status: .usage, words: ["'magic'"])
    try expectError(CompileOptions(levels: 4), hrnGraph(), status: .usage, words: ["4"])
  }

  @Test func aMachineWithTooLittleForTheModelIsNoDefect() {
    let memory = CompileError.session(SessionError(.memory(bytes: 1 << 40)))
    #expect(memory.status == .inputOutput)
    #expect(CompileError.quantize(.engine(memory.status, memory.message)).status == .inputOutput)
    #expect(CompileError.session(SessionError(.threads(count: 4))).status == .inputOutput)
    #expect(CompileError.session(SessionError(.unsupported(node: "n", what: "it"))).status == .defect)
  }

  @Test func goldenThatIsNoPictureIsNamed() throws {
    var graph = hrnGraph()
    let count = graph.tensors[graph.outputs[0].tensor].shape[1]
    let answer = GoldenPicture.Answer(output: 0, expected: [Float](repeating: 0, count: count))
    graph.goldens = [GoldenPicture(name: "broken", jpeg: [1, 2, 3], answers: [answer])]
    try expectError(CompileOptions(), graph, status: .badInput, words: ["golden picture 'broken'"])
  }

  private func expectError(
    _ options: CompileOptions, _ graph: Graph, status: CommandStatus, words: [String],
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let source = Self.source(graph)
    do throws(CompileError) {
      _ = try Compiler(options).compile(source)
      Issue.record("compiled; expected an error with \(words)", sourceLocation: location)
    } catch {
      #expect(error.status == status, sourceLocation: location)
      for part in words { #expect(error.message.contains(part), sourceLocation: location) }
    }
  }

  static func graph(_ shape: Shape) -> Graph {
    hrnGraph(
      levels: shape.levels, width: shape.width, features: shape.features, embedding: shape.embedding,
      imageSize: shape.imageSize, channels: shape.channels, bottleneck: shape.bottleneck, sums: shape.sums)
  }

  private static func source(_ graph: Graph) -> TrainedModel { TrainedModel(graph: graph, format: "hrn") }
}
