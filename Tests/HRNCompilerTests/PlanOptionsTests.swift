import CHRNKernels
import HRNFormat
import HRNGraph
import HRNRuntime
import HRNTestSupport
import Testing

@testable import HRNCompiler

/// What `--target` and `--optimize` change, and what they must not.
@Suite struct PlanOptionsTests {
  /// A trunk of 3 × 3 and 1 × 1 convolutions with weights of very different sizes, a residual, and a pooled end.
  private func network(side: Int = 26) throws -> Graph {
    var g = FusedGraph(shape: [1, 3, side, side], mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])
    func convolution(
      _ name: String, _ inputs: [Int], _ outputs: Int, _ kernel: Int, stride: Int = 1, pool: PoolKind? = nil
    ) throws -> Int {
      let shape = [outputs, g.graph.tensors[inputs[0]].shape[1], kernel, kernel]
      // Cubes of uniform numbers: most are small, some are as large as the largest.
      let weights = g.random.floats(shape.reduce(1, *), in: -1...1).map { 0.15 * $0 * $0 * $0 }
      return try g.node(
        name,
        .convolution(
          Convolution(
            stride: Extent2D(y: stride, x: stride), padding: Padding(kernel / 2), activation: .relu(), globalPool: pool)
        ),
        inputs, weights: weights, bias: g.random.floats(outputs, in: -0.1...0.1), weightShape: shape)
    }
    let stem = try convolution("stem", [g.image], 32, 3, stride: 2)
    let wide = try convolution("wide", [stem, stem], 32, 3)
    let expanded = try convolution("expanded", [wide], 64, 1)
    let deep = try convolution("deep", [expanded], 208, 3)
    let strided = try convolution("strided", [expanded], 48, 3, stride: 2)
    let ends = [try convolution("block", [deep], 64, 3, pool: .average), try convolution("end", [strided], 16, 1)]
    g.output("block", try g.node("flat", .flatten(Flatten()), [ends[0]]))
    let pooled = try g.node("pooled", .pool(.global(.average)), [ends[1]])
    g.output("end", try g.node("flat2", .flatten(Flatten()), [pooled]))
    try g.graph.verify()
    return g.graph
  }

  private func lowered(_ options: PlanOptions) throws -> (int8: Graph, model: LoweredModel, pictures: [[UInt8]]) {
    let graph = try network()
    let pictures = randomPictures(2, shape: [3, 26, 26])
    let int8 = try QuantizeInt8.quantize(
      graph, calibration: try calibrated(graph, on: pictures), options: QuantizeInt8.Options(plan: options))
    return (int8, try Lowering.lower(int8, options), pictures)
  }

  private func plans(_ model: LoweredModel) -> [String: NodePlan] {
    Dictionary(uniqueKeysWithValues: model.graph.nodes.map { ($0.name, $0.plan!) })
  }

  @Test(arguments: [
    PlanOptions(), PlanOptions(target: .avx2), PlanOptions(target: .avx512vnni), PlanOptions(goal: .size),
    PlanOptions(approximation: .unlimited), PlanOptions(target: .avx2, approximation: .unlimited),
  ])
  func everyChoiceComputesTheSumsOfTheFormulasOnEveryCPUAndThreadCount(_ options: PlanOptions) throws {
    let (int8, model, pictures) = try lowered(options)
    let file = try ModelFile(graph: model.graph, weights: model.weights)
    try file.verifyWeights()
    let plain = try CompiledRunner(file, options: SessionOptions(threads: 1, cpu: .scalar))
    try SelfCheck.requireEqualBits(plain, Int8Reference(int8), on: [.pixels(pictures[0])])
    for picture in pictures {
      let expected = try plain.outputs(for: .pixels(picture))
      for tier in CPUTier.allCases {
        for threads in [1, 3] {
          let runner = try CompiledRunner(file, options: SessionOptions(threads: threads, cpu: tier))
          #expect(try runner.outputs(for: .pixels(picture)) == expected, "\(tier.name), \(threads) threads")
        }
      }
    }
  }

  @Test func winogradComputesWhatItPaysForAndNothingElse() throws {
    let plans = plans(try lowered(PlanOptions()).model)
    let names = plans.filter { $0.value.algorithm == .winograd }.keys.sorted()
    #expect(names == ["block", "deep", "wide"])
    #expect(names.allSatisfy { plans[$0]!.band % 4 == 0 })
    // Where a CPU computes it directly, it does so chunk by chunk.
    #expect(plans["block"]?.chunk != nil)
  }

  @Test(arguments: [(6, false, false), (7, true, false), (11, true, false), (12, true, true)])
  func smallMapsAreDirectWhereDirectKernelsAreFast(extent: Int, portable: Bool, avx512vnni: Bool) {
    let convolution = Convolution(padding: Padding(1))
    for (target, isWinograd) in [(Target.portable, portable), (.avx512vnni, avx512vnni)] {
      let algorithm = ConvolutionAlgorithm.choose(
        convolution, input: [1, 64, extent, extent], weights: [64, 64, 3, 3], .float32, readsPixels: false,
        PlanOptions(target: target))
      #expect(algorithm == (isWinograd ? .winograd : .direct))
    }
  }

  /// Where products of bfloat16 come in pairs, and of nothing else.
  @Test func winogradOfPairsIsForBFloat16() {
    func choice(_ type: ElementType, _ target: Target, extent: Int = 7, _ options: PlanOptions.Goal = .speed)
      -> Algorithm
    {
      ConvolutionAlgorithm.choose(
        Convolution(padding: Padding(1)), input: [1, 64, extent, extent], weights: [64, 64, 3, 3], type,
        readsPixels: false, PlanOptions(target: target, goal: options))
    }
    #expect(choice(.bfloat16, .avx512bf16) == .winograd16)
    #expect(choice(.bfloat16, .avx512bf16, extent: 5) == .direct)
    #expect(choice(.bfloat16, .avx512bf16, .size) == .direct)
    #expect(choice(.bfloat16, .portable) == .winograd)
    #expect(choice(.bfloat16, .avx512vnni) == .direct)
    for type in [ElementType.float32, .int8] {
      for extent in 5...14 {
        #expect(choice(type, .avx512bf16, extent: extent) == choice(type, .avx512vnni, extent: extent))
      }
    }
  }

  /// In float32 Winograd rounds about three times as much as the sum as written, and gives the same bits everywhere.
  @Test func inFloatWinogradIsCloseToTheSumAsWritten() throws {
    let graph = try network()
    let model = try Lowering.lower(graph)
    #expect(plans(model).filter { $0.value.algorithm == .winograd }.count == 3)
    let file = try ModelFile(graph: model.graph, weights: model.weights)
    let picture = randomPictures(1, shape: [3, 26, 26])[0]
    let plain = try CompiledRunner(file, options: SessionOptions(threads: 1, cpu: .scalar))
    let expected = try plain.outputs(for: .pixels(picture))
    for tier in CPUTier.allCases {
      for threads in [1, 3] {
        let runner = try CompiledRunner(file, options: SessionOptions(threads: threads, cpu: tier))
        #expect(try runner.outputs(for: .pixels(picture)) == expected, "\(tier.name), \(threads) threads")
      }
    }
    let answers = try ReferenceExecutor(graph, products: .plain).run([graph.recipe!.normalized(picture)])
    for (found, answer) in zip(expected, answers) {
      let largest = answer.reduce(0) { max($0, abs($1)) }
      #expect(largest > 0.01)
      #expect(zip(found, answer).allSatisfy { abs($0 - $1) <= 2e-6 * largest })
    }
  }

  /// In bfloat16 too, and its noise is that of numbers with 8 bits: 40 dB of random weights in three layers.
  @Test func winogradOfPairsIsCloseToTheSumAsWritten() throws {
    let graph = try network()
    let rounded = RoundBFloat16.round(graph)
    let model = try Lowering.lower(rounded, PlanOptions(target: .avx512bf16))
    let names = plans(model).filter { $0.value.algorithm == .winograd16 }.keys.sorted()
    #expect(names == ["block", "deep", "wide"])
    #expect(names.allSatisfy { plans(model)[$0]!.band % 2 == 0 })
    #expect(model.graph.formatVersion == 5)
    let file = try ModelFile(graph: model.graph, weights: model.weights)
    let picture = randomPictures(1, shape: [3, 26, 26])[0]
    let plain = try CompiledRunner(file, options: SessionOptions(threads: 1, cpu: .scalar))
    let expected = try plain.outputs(for: .pixels(picture))
    for tier in CPUTier.allCases {
      for threads in [1, 3] {
        let runner = try CompiledRunner(file, options: SessionOptions(threads: threads, cpu: tier))
        #expect(try runner.outputs(for: .pixels(picture)) == expected, "\(tier.name), \(threads) threads")
      }
    }
    let answers = try ReferenceExecutor(graph, products: .plain).run([graph.recipe!.normalized(picture)])
    for (found, answer) in zip(expected, answers) {
      let signal = answer.reduce(0) { $0 + $1 * $1 }
      let noise = zip(found, answer).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      #expect(signal > 0 && noise > 0 && noise < 1e-4 * signal)
    }
  }

  @Test func whatIsOnlyAveragedMayBeComputedByWinogradInEightBits() throws {
    let plain = try lowered(PlanOptions())
    #expect(plans(plain.model).values.allSatisfy { $0.algorithm != .winograd8 })
    #expect(plain.int8.provenance.calibration?.approximations == [])
    for target in Target.allCases {
      let (int8, model, pictures) = try lowered(PlanOptions(target: target, approximation: .unlimited))
      #expect(plans(model).filter { $0.value.algorithm == .winograd8 }.keys.sorted() == ["block"])
      #expect(plans(model)["block"]?.isNarrow == (target == .avx2))
      #expect(model.graph.formatVersion == (target == .avx512bf16 ? 5 : 4))
      let layer = try #require(model.graph.provenance.calibration?.approximations.first)
      #expect(layer.node == "block" && layer.isChosen && layer.decibels > 20 && layer.directDecibels > 20)
      // It is close to what it stands for.
      let (found, expected) = (Int8Reference(int8).run(pictures[0])[0], Int8Reference(plain.int8).run(pictures[0])[0])
      let noise = zip(found, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      #expect(found != expected && noise < 0.01 * expected.reduce(0) { $0 + $1 * $1 })
    }
  }

  @Test(
    arguments: [
      PlanOptions(approximation: .init(leastDecibels: 200, mostLoss: 1000)),
      PlanOptions(approximation: .init(leastDecibels: -100, mostLoss: -200)),
      PlanOptions(goal: .size, approximation: .unlimited),
    ])
  func aLayerBeyondTheLimitsStaysAsItIs(_ options: PlanOptions) throws {
    let (int8, model, _) = try lowered(options)
    let plain = try lowered(PlanOptions(goal: options.goal))
    #expect(plans(model) == plans(plain.model))
    #expect(model.weights == plain.model.weights)
    let tried = int8.provenance.calibration?.approximations ?? []
    #expect(tried.map(\.node) == (options.goal == .size ? [] : ["block"]))
    #expect(tried.allSatisfy { !$0.isChosen })
  }

  @Test func sizeAsksForDirectKernelsAlone() throws {
    let model = try lowered(PlanOptions(goal: .size)).model
    #expect(plans(model).values.allSatisfy { $0.algorithm != .winograd })
  }

  /// Deep windows are summed in chunks, as far as a band's sums are kept; nobody may say that a larger band's are.
  @Test func chunksAreOfAsManyPositionsAsHaveTheirSumsKept() throws {
    var model = try Lowering.lower(try network(side: 90), PlanOptions(goal: .size))
    #expect(Int(HRN_CHUNK_POSITIONS) == Packing.chunkPositions)
    let index = try #require(model.graph.nodes.firstIndex { $0.name == "deep" })
    let plan = try #require(model.graph.nodes[index].plan)
    // 64 channels are 4 blocks of 16 floats, and nine taps of one block are as much as a first-level cache takes.
    #expect(plan.chunk == 1)
    #expect(plan.band == 6)
    #expect(model.graph.formatVersion == 4)
    _ = try ModelFile(graph: model.graph, weights: model.weights)
    model.graph.nodes[index].plan?.band = 9
    let error = #expect(throws: FormatError.self) { try ModelFile(graph: model.graph, weights: model.weights) }
    #expect(error?.message.contains("bands of 9 x 45 positions are too large") == true)
  }

  @Test func bandsAreAnEvenNumberWhereThatCostsLittle() {
    #expect(NodePlanning.evenBand(of: 56, atMost: 7) == 7)
    #expect(NodePlanning.evenBand(of: 28, atMost: 4) == 3)
    #expect(NodePlanning.evenBand(of: 26, atMost: 4) == 4)
    for rows in 1...120 {
      for most in 1...rows {
        let band = NodePlanning.evenBand(of: rows, atMost: most)
        #expect(band <= most && 2 * band >= most)
      }
    }
  }

  @Test func bandsHavePositionsEnoughButAreAsManyAsWorkers() {
    #expect(NodePlanning.bandRows(height: 112, width: 112) == 14)
    #expect(NodePlanning.bandRows(height: 56, width: 56) == 7)
    #expect(NodePlanning.bandRows(height: 28, width: 28) == 7)
    #expect(NodePlanning.bandRows(height: 28, width: 40) == 5)
    #expect(NodePlanning.bandRows(height: 14, width: 14) == 4)
    #expect(NodePlanning.bandRows(height: 3, width: 500) == 1)
  }

  @Test(arguments: Target.allCases) func ordersOfWorkFitTheirCachesAndCoverTheMap(_ target: Target) {
    let caches = ConvolutionOrder.Caches(target)
    var random = SeededGenerator(seed: 3)
    for _ in 0..<500 {
      let output = Extent2D(y: Int.random(in: 1...120, using: &random), x: Int.random(in: 1...500, using: &random))
      let kernel = Int.random(in: 1...3, using: &random) * 2 - 1, block = 16 * Int.random(in: 1...4, using: &random)
      let blocks = Int.random(in: 1...40, using: &random)
      let packing = WeightPacking.convolution(
        [64, block * blocks, kernel, kernel], Convolution(), channelBlock: block, .int8)
      let order = ConvolutionOrder(
        output: output, inputRow: output.x * block, stride: 1, packing, elementBytes: 1, caches)
      #expect((1...output.y).contains(order.band))
      let tiled = order.tiled(output: output)
      #expect(tiled.band % Algorithm.winograd.tile == 0 && tiled.band < output.y + Algorithm.winograd.tile)
      #expect(tiled.chunk == nil || tiled.chunk == order.chunk)
      #expect(tiled.chunk == nil || min(tiled.band, output.y) * output.x <= Packing.chunkPositions)
      guard let chunk = order.chunk else { continue }
      #expect((1..<blocks).contains(chunk))
      #expect(order.band * output.x <= Packing.chunkPositions)
      #expect(chunk == 1 || chunk * block * kernel * kernel <= caches.chunkBytes)
    }
  }

  @Test func forAVX2TheOtherConvolutionsAreNarrow() throws {
    let model = try lowered(PlanOptions(target: .avx2)).model
    #expect(model.graph.plan?.target == "avx2")
    #expect(model.graph.formatVersion == 4)
    let narrow = plans(model).filter { $0.value.isNarrow }.keys.sorted()
    #expect(narrow == ["end", "expanded", "stem", "strided"])
    #expect(plans(try lowered(PlanOptions()).model)["expanded"]?.isNarrow == false)
  }

  /// Rows whose lane sums are what rounding can make of them at worst.
  @Test func theScaleOfNarrowWeightsHoldsWhateverTheRounding() {
    var random = SeededGenerator(seed: 5)
    let lanes = (0..<64).map { $0 / 8 * 2 + $0 % 4 / 2 }
    for _ in 0..<200 {
      let row = (0..<64).map { _ in Double.random(in: -1...1, using: &random) }
      let rule = SumRule.narrow(lanes: lanes)
      let quantized = Int8Weights(row, bias: [0], inputScale: 1, zeroBound: 0, rule: rule)!
      for lane in 0..<16 {
        let values = (0..<64).filter { lanes[$0] == lane }.map { Int(quantized.values[$0]) }
        #expect(values.filter { $0 > 0 }.reduce(0, +) <= 128)
        #expect(values.filter { $0 < 0 }.reduce(0, +) >= -128)
      }
      #expect(quantized.scale[0] >= Int8Weights(row, bias: [0], inputScale: 1, zeroBound: 0)!.scale[0])
    }
  }

  @Test func theScaleForWinogradKeepsSumsBelowItsLimit() {
    let row = [Double](repeating: 1, count: 9216)
    let quantized = Int8Weights(row, bias: [0], inputScale: 1, zeroBound: 0, rule: .winograd)!
    let sum = quantized.values.reduce(0) { $0 + Int($1) }
    #expect(255 * sum < PackedSums.winogradLimit)
    #expect(255 * 127 * 9216 > PackedSums.winogradLimit)
  }
}
