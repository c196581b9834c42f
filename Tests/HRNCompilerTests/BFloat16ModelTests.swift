import HRNFormat
import HRNGraph
import HRNImport
import HRNRuntime
import HRNTestSupport
import Testing

@testable import HRNCompiler

/// Whole networks in bfloat16.
@Suite struct BFloat16ModelTests {
  /// HRNs of several shapes, and networks of everything else that there is.
  static let graphs: [Graph] =
    CompileTests.shapes.map(CompileTests.graph) + BranchingGraph.allCases.map { $0.graph() }

  /// Those that compute bfloat16 in different ways.
  static let targets: [Target] = [.portable, .avx512bf16]

  /// A twentieth is three times what the worst of these networks, which are narrow and random, has.
  @Test(arguments: graphs.indices, targets)
  func staysNearTheReference(index: Int, target: Target) throws {
    let graph = Self.graphs[index]
    let compiled = try Self.compiled(graph, plan: PlanOptions(target: target))
    let runner = try CompiledRunner(compiled), reference = try ReferenceExecutor(graph, products: .plain)
    for input in Self.inputs(graph) {
      let (found, expected) = (try runner.outputs(for: .values(input)), reference.run([input]))
      let signal = expected.joined().reduce(0) { $0 + Double($1) * Double($1) }
      let noise = zip(found.joined(), expected.joined()).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
      #expect(noise <= signal / 400, "\(graph.name)")
    }
  }

  /// Small integers are rounded nowhere, so that one wrong product is seen, by whatever kernel and packing. Winograd has
  /// fractions: `size` leaves it out. A recipe makes the picture bfloat16, with zero points that the border must hold.
  @Test(arguments: [1, 2, 3] as [UInt64], [false, true])
  func computesIntegersExactly(seed: UInt64, hasRecipe: Bool) throws {
    var builder = GraphBuilder("integers", seed: seed)
    let side = hasRecipe ? 15 : 17
    var x = builder.input([1, 3, side, side])
    for (outputs, kernel, padding, stride, dilation, groups) in [
      (24, 2, hasRecipe ? 1 : 0, 1, 1, hasRecipe ? 3 : 1), (40, 1, 0, 1, 1, 1), (40, 3, 1, 1, 1, 40),
      (72, 5, 2, 1, 1, 1), (72, 3, 2, 1, 2, 3), (130, 3, 1, 2, 1, 1), (20, 1, 0, 1, 1, 1),
    ] {
      let shape = [outputs, builder.shape(of: x)[1] / groups, kernel, kernel]
      let weights = Self.integers(shape, using: &builder.random)
      let bias = (0..<outputs).map { _ in Float(Int.random(in: -9...9, using: &builder.random)) }
      let parameters = [
        builder.constant("weights.\(x)", shape: shape, weights),
        builder.constant("bias.\(x)", shape: [outputs], bias),
      ]
      let convolution = Convolution(
        stride: Extent2D(y: stride, x: stride), padding: Padding(padding), dilation: Extent2D(y: dilation, x: dilation),
        groups: groups)
      x = builder.activation(.relu(high: 60), builder.node(.convolution(convolution), [x], parameters: parameters))
    }
    builder.output("y", builder.flatten(builder.globalAveragePool(x)))
    let input = (0..<3 * side * side).map { _ in Float(Int.random(in: -9...9, using: &builder.random)) }
    let expected = try ReferenceExecutor(builder.graph, products: .plain).run([input])
    try #require(Set(expected.joined()).count > 10)
    var graph = builder.graph
    if hasRecipe {
      graph.recipe = Recipe(
        channels: 3, resize: Recipe.Resize(mode: .squash, width: side, height: side), scale: 1,
        mean: [100, 0.25, 19.5], std: [1, 1, 1])
    }
    let compiled = try Self.compiled(graph, plan: PlanOptions(goal: .size))
    #expect(compiled.graph.tensors[compiled.graph.inputs[0]].elementType == (hasRecipe ? .bfloat16 : .float32))
    for cpu in CPUTier.allCases {
      let runner = try CompiledRunner(compiled, options: SessionOptions(threads: 1, cpu: cpu))
      #expect(try runner.outputs(for: .values(input)) == expected, "\(cpu.name)")
    }
  }

  /// The same of linears, of odd depths and in groups of outputs; all but the last have weights of bfloat16.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func linearsComputeIntegersExactly(seed: UInt64) throws {
    var builder = GraphBuilder("integers", seed: seed)
    var x = builder.input([1, 33])
    for (depth, outputs) in [(33, 130), (130, 19), (19, 70), (70, 5)] {
      let bias = (0..<outputs).map { _ in Float(Int.random(in: -9...9, using: &builder.random)) }
      let parameters = [
        builder.constant(
          "weights.\(x)", shape: [outputs, depth], Self.integers([outputs, depth], using: &builder.random)),
        builder.constant("bias.\(x)", shape: [outputs], bias),
      ]
      x = builder.node(.linear(Linear()), [x], parameters: parameters)
    }
    builder.output("y", x)
    let input = (0..<33).map { _ in Float(Int.random(in: -9...9, using: &builder.random)) }
    let expected = try ReferenceExecutor(builder.graph, products: .plain).run([input])
    let compiled = try Self.compiled(builder.graph)
    let weights = compiled.graph.nodes.map { compiled.graph.tensors[$0.parameters[0]].elementType }
    #expect(weights == [.bfloat16, .bfloat16, .bfloat16, .float32])
    for cpu in CPUTier.allCases {
      let runner = try CompiledRunner(compiled, options: SessionOptions(threads: 2, cpu: cpu))
      #expect(try runner.outputs(for: .values(input)) == expected, "\(cpu.name)")
    }
  }

  /// Weights of 0 but for about 8 products of every sum.
  private static func integers(_ shape: [Int], using random: inout SeededGenerator) -> [Float] {
    let every = max(1, shape.dropFirst().reduce(1, *) / 8)
    return (0..<shape.reduce(1, *)).map { _ in
      guard Int.random(in: 0..<every, using: &random) == 0 else { return 0 }
      return Bool.random(using: &random) ? 1 : -1
    }
  }

  /// The tier of VDPBF16PS promises less.
  @Test(arguments: graphs.indices, targets)
  func givesTheSameBitsOnEveryKindOfCPUAndThreadCount(index: Int, target: Target) throws {
    let graph = Self.graphs[index]
    let compiled = try Self.compiled(graph, plan: PlanOptions(target: target))
    let input = Self.inputs(graph)[0]
    let expected = try CompiledRunner(compiled, options: SessionOptions(threads: 1, cpu: .scalar))
      .outputs(for: .values(input))
    for (cpu, threads) in [(CPUTier.avx2, 1), (.avx2, 3), (.avxvnni, 2), (.avx512vnni, 1), (.avx512vnni, 2)] {
      let runner = try CompiledRunner(compiled, options: SessionOptions(threads: threads, cpu: cpu))
      #expect(try runner.outputs(for: .values(input)) == expected, "\(graph.name), \(cpu.name), \(threads)")
    }
  }

  /// The picture, vectors and averages of maps stay float32; a tensor is converted once for all that read it.
  @Test func roundsMapsAndWeightsBetweenConvolutions() throws {
    var builder = GraphBuilder("rounded")
    let stem = builder.convolution(builder.input([1, 3, 8, 8]), outputs: 16, named: "stem")
    let pooled = builder.maxPool(stem, named: "pool")
    let one = builder.convolution(pooled, outputs: 16, named: "one")
    let other = builder.convolution(pooled, outputs: 16, named: "other")
    let swish = builder.activation(.hardSwish, builder.add([one, other], named: "sum"), named: "swish")
    builder.output("y", builder.flatten(builder.globalAveragePool(swish, named: "average"), named: "flat"))
    let rounded = RoundBFloat16.round(builder.graph)
    try rounded.verify()
    #expect(
      rounded.nodes.map { "\($0.name) \(rounded.tensors[$0.output].elementType.name)" } == [
        "stem float32", "pool float32", "pool.bfloat16 bfloat16", "one bfloat16", "other bfloat16", "sum bfloat16",
        "sum.float32 float32", "swish float32", "average float32", "flat float32",
      ])
    let weights = rounded.nodes.filter { !$0.parameters.isEmpty }.map { rounded.tensors[$0.parameters[0]].elementType }
    #expect(weights == [.float32, .bfloat16, .bfloat16])
  }

  /// A picture that convolutions alone read is bfloat16, in whole numbers, and so is what they write.
  @Test(arguments: [false, true])
  func roundsThePictureWhereConvolutionsAloneReadIt(hasOtherReader: Bool) throws {
    var builder = GraphBuilder("picture")
    let image = builder.input([1, 3, 8, 8])
    let stem = builder.convolution(image, outputs: 16, named: "stem")
    let sum = builder.add([stem, builder.convolution(image, outputs: 16, named: "other")], named: "sum")
    builder.output("y", builder.flatten(builder.globalAveragePool(sum, named: "average"), named: "flat"))
    if hasOtherReader { builder.output("means", builder.flatten(builder.globalAveragePool(image))) }
    var graph = builder.graph
    graph.recipe = Recipe(channels: 3, scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])
    let rounded = RoundBFloat16.round(graph)
    try rounded.verify()
    let picture = rounded.tensors[rounded.inputs[0]]
    let types = rounded.nodes.prefix(3).map { rounded.tensors[$0.output].elementType }
    guard !hasOtherReader else {
      #expect(
        picture.elementType == .float32 && picture.quantization == nil && types == [.float32, .float32, .float32])
      return
    }
    #expect(types == [.bfloat16, .bfloat16, .bfloat16])
    let quantization = try #require(picture.quantization)
    #expect(picture.elementType == .bfloat16 && quantization.axis == 1)
    for (channel, mean) in [123.675, 116.28, 103.53].enumerated() {
      #expect(abs(Double(quantization.zeroPoint[channel]) - (mean - mean.rounded())) < 1e-4)
    }
  }

  /// Weights of linears are bfloat16 but for those that no products are made of: scores may be added to others.
  @Test func roundsWeightsOfLinearsButForTheLast() throws {
    var builder = GraphBuilder("linears")
    let hidden = builder.linear(builder.input([1, 8]), outputs: 8, named: "hidden")
    let embedding = builder.linear(builder.activation(.elu(), hidden), outputs: 8, named: "embedding")
    let coarse = builder.linear(builder.activation(.relu(), embedding), outputs: 8, named: "coarse")
    builder.output("coarse", coarse)
    let fine = builder.linear(embedding, outputs: 8, named: "fine")
    builder.output("fine", builder.activation(.sigmoid, builder.add([coarse, fine], named: "sum")))
    var graph = builder.graph
    let shared = graph.nodes.first { $0.name == "hidden" }!.parameters[0]
    let last = graph.nodes.firstIndex { $0.name == "fine" }!
    graph.nodes[last].parameters[0] = shared
    let rounded = RoundBFloat16.round(graph)
    try rounded.verify()
    let weights = rounded.nodes.filter { $0.operation.kind == .linear }.map {
      "\($0.name) \(rounded.tensors[$0.parameters[0]].elementType.name)"
    }
    #expect(weights == ["hidden bfloat16", "embedding bfloat16", "coarse float32", "fine float32"])
    #expect(rounded.constants[shared] == graph.constants[shared])
    for node in rounded.nodes { #expect(rounded.tensors[node.output].elementType == .float32) }
  }

  /// Where a picture is of one colour a filter's rounding is not seen.
  @Test(arguments: [1, 2, 9, 49])
  func roundedFiltersKeepTheirSums(taps: Int) {
    var random = SeededGenerator(seed: UInt64(taps))
    for _ in 0..<20 {
      let filter = random.floats(taps, in: -1...1)
      let rounded = RoundBFloat16.bitsKeepingSum(of: filter).map { Double(Float(bitPattern: UInt32($0) << 16)) }
      let smallest = Double(filter.map(abs).min()!)
      #expect(abs(rounded.reduce(0, +) - filter.reduce(0) { $0 + Double($1) }) <= smallest / 128 + 1e-4)
      for (found, value) in zip(rounded, filter) { #expect(abs(found - Double(value)) <= 0x1p-7) }
    }
  }

  /// Weights that the first convolution reads as float32 are there in both types, once each.
  @Test func weightsOfTheFirstConvolutionStayWhatTheyAreForIt() throws {
    var builder = GraphBuilder("shared")
    let image = builder.input([1, 3, 8, 8])
    let first = builder.convolution(image, outputs: 3, named: "first")
    let second = builder.convolution(first, outputs: 3, named: "second")
    let third = builder.convolution(second, outputs: 3, named: "third")
    builder.output("y", builder.flatten(builder.globalAveragePool(third, named: "average"), named: "flat"))
    var graph = builder.graph
    let shared = graph.nodes[0].parameters[0]
    for index in 1...2 { graph.nodes[index].parameters[0] = shared }
    let rounded = RoundBFloat16.round(graph)
    try rounded.verify()
    let weights = rounded.nodes.filter { $0.operation.kind == .convolution }.map { $0.parameters[0] }
    #expect(weights[0] == shared && weights[1] != shared && weights[2] == weights[1])
    #expect(rounded.constants[shared] == graph.constants[shared])
    #expect(rounded.constants[weights[1]] == .bfloat16(RoundBFloat16.bits(of: try #require(graph.floats(of: shared)))))
  }

  @Test func bitsAreOfTheNearestNumbersAndOfNoneWhereThereIsNone() {
    let values: [Float] = [1, 1 + 0x1p-8, 1 + 0x3p-8, -0.0, .leastNonzeroMagnitude, 0x1.8p-133, .infinity, .nan]
    #expect(RoundBFloat16.bits(of: values) == [0x3F80, 0x3F80, 0x3F82, 0x8000, 0, 2, 0x7F80, 0x7FC0])
    #expect(RoundBFloat16.bits(of: [.greatestFiniteMagnitude, -.infinity]) == [0x7F80, 0xFF80])
    #expect(RoundBFloat16.bits(of: []) == [])
  }

  private static func compiled(_ graph: Graph, plan: PlanOptions = PlanOptions()) throws -> ModelFile {
    let source = TrainedModel(graph: graph, format: "hrn")
    let file = try Compiler(CompileOptions(precision: .bfloat16, plan: plan)).compile(source).file
    try file.verifyWeights()
    let isNew =
      plan.target == .avx512bf16
      || file.graph.tensors.enumerated().contains { index, tensor in
        tensor.elementType == .bfloat16 && (file.graph.inputs.contains(index) || tensor.shape.count == 2)
      }
    #expect(file.graph.precision == .bfloat16 && file.graph.formatVersion == (isNew ? 5 : 4))
    return file
  }

  private static func inputs(_ graph: Graph) -> [[Float]] {
    var random = SeededGenerator(seed: 11)
    return (0..<3).map { _ in random.floats(graph.tensors[graph.inputs[0]].shape.reduce(1, *), in: -2...2) }
  }
}
