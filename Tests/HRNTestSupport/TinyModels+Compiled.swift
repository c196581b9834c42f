import HRNCompiler
import HRNFormat
import HRNGraph

extension TinyModels {
  /// A fused network of two levels over a 6 × 5 colour picture, lowered by the compiler: a stem, a max pool, a
  /// convolution with a residual, one with a global pool whose channels are sliced, embeddings that accumulate, heads.
  /// In bfloat16 it also has a sum, windows of maxima, an activation and an average of a map, none of them fused.
  /// In int8 it also quantizes and dequantizes, adds and pools without fusion, and its stem has border classes.
  ///
  /// It has nothing that came with a later version of the format, and is computed in no chunks therefore.
  ///
  /// For AVX2 int8 weights are small enough to be narrow, and the convolution with a residual is computed by Winograd.
  /// For AVX-512-BF16 it is computed by Winograd in bfloat16. `approximates` makes the pooled convolution a 3 × 3 one by
  /// Winograd in 8 bits. In bfloat16 the picture and the weights of linears are float32, but where `roundsAll` says otherwise.
  package static func compiled(
    _ precision: Precision, seed: UInt64 = 1, target: Target = .portable, approximates: Bool = false,
    roundsAll: Bool = false
  ) throws -> Model {
    var builder = CompiledBuilder(precision: precision, seed: seed, weightLimit: target == .avx2 ? 32 : 127)
    builder.build(approximates: approximates)
    var graph = builder.graph
    if precision == .bfloat16 {
      if !roundsAll { graph.recipe = nil }
      graph = RoundBFloat16.round(graph)
      graph.recipe = builder.graph.recipe
      for (index, constant) in builder.graph.constants where !roundsAll && graph.shape(of: index).count == 2 {
        graph.constants[index] = constant
        graph.tensors[index].elementType = .float32
      }
    }
    var lowered = try Lowering.lower(graph, PlanOptions(target: target))
    for index in lowered.graph.nodes.indices where lowered.graph.nodes[index].name == "block" {
      let algorithm: Algorithm? = target == .avx2 ? .winograd : target == .avx512bf16 ? .winograd16 : nil
      if let algorithm {
        lowered.graph.nodes[index].plan = NodePlan(algorithm: algorithm, band: algorithm.tile)
      } else {
        lowered.graph.nodes[index].plan?.chunk = nil
      }
    }
    lowered.graph.formatVersion = lowered.graph.neededVersion
    var model = Model(graph: lowered.graph, weights: lowered.weights)
    let jpeg = model.append([0xFF, 0xD8, 0xFF, 0xD9])
    let answers = model.graph.outputs.enumerated().map { index, output in
      let count = model.graph.tensors[output.tensor].shape[1]
      let expected = model.append([UInt8](repeating: 0, count: 4 * count))
      return Golden.Answer(output: index, expected: expected)
    }
    model.graph.goldens = [Golden(name: "picture", jpeg: jpeg, answers: answers)]
    return model
  }
}

/// Builds the graph of `TinyModels.compiled` in the words of the compiler.
private struct CompiledBuilder {
  var graph: Graph
  private var random: SeededGenerator
  private let isInteger: Bool
  /// The largest magnitude of an int8 weight.
  private let weightLimit: Int8

  init(precision: Precision, seed: UInt64, weightLimit: Int8) {
    graph = TinyModels.graph(seed: seed)
    let (tree, recipe, provenance) = (graph.tree, graph.recipe, graph.provenance)
    graph = Graph(name: "tiny")
    (graph.tree, graph.recipe, graph.provenance, graph.precision) = (tree, recipe, provenance, precision)
    random = SeededGenerator(seed: seed)
    isInteger = precision == .int8
    self.weightLimit = weightLimit
  }

  mutating func build(approximates: Bool) {
    let image = graph.addTensor(Tensor(name: "image", elementType: byteType, shape: [1, 3, 6, 5]))
    if isInteger, let recipe = graph.recipe {
      graph.tensors[image].quantization = Quantization(
        scale: recipe.std.map { recipe.scale / $0 }, zeroPoint: recipe.mean.map { $0 / recipe.scale }, axis: 1)
    }
    graph.inputs = [image]
    let stem = convolution("stem", image, outputs: 32, kernel: 3, classes: [3, 3])
    let window = Pool.window(
      .max, kernel: Extent2D(y: 3, x: 3), stride: Extent2D(y: 2, x: 2), padding: Padding(1))
    let pooled = node("pool", .pool(window), [stem], type: byteType)
    let block = convolution("block", pooled, residual: pooled, outputs: 32, kernel: 3)
    let features =
      approximates
      ? winograd8("features", block, outputs: 32) : convolution("features", block, outputs: 32, kernel: 1, pool: true)
    var sum: Int?
    for (level, labels) in [2, 3].enumerated() {
      let slice = node("slice\(level)", .slice(Slice(begin: 16 * level, count: 16)), [features], type: byteType)
      let flat = node("flatten\(level)", .flatten(Flatten()), [slice], type: byteType)
      let hidden = linear("hidden\(level)", flat, outputs: 6, activation: .elu(), type: byteType, zero: 40)
      sum = linear("embedding\(level)", hidden, addend: sum, outputs: 5, type: .float32)
      let active = node("relu\(level)", .activation(.relu()), [sum!], type: .float32)
      let logits = linear("head\(level)", active, outputs: labels, type: .float32)
      let scores = node("sigmoid\(level)", .activation(.sigmoid), [logits], type: .float32)
      graph.outputs.append(
        Output(name: "sigmoid\(level)", tensor: scores, kind: .sigmoid, level: level, decides: level == 0))
      if level == 1 {
        let leaf = linear("leaf", active, outputs: labels, type: .float32)
        let probabilities = node("softmax", .softmax(Softmax()), [leaf], type: .float32)
        graph.outputs.append(
          Output(name: "softmax", tensor: probabilities, kind: .softmax, level: level, decides: true))
      }
    }
    if isInteger { addIntegerTail(block: block, pooled: pooled, sum: sum!) }
    if graph.precision == .bfloat16 { addFloatTail(block: block, pooled: pooled) }
  }

  private var byteType: ElementType { isInteger ? .uint8 : .float32 }

  private mutating func addIntegerTail(block: Int, pooled: Int, sum: Int) {
    let added = node("add", .add(Add(activation: .relu())), [block, pooled], type: .uint8)
    require(residual: 0.5, output: 0.75)
    let average = node("average", .pool(.global(.average)), [added], type: .uint8)
    require(pool: 0.125)
    let flat = node("average.flatten", .flatten(Flatten()), [average], type: .uint8)
    let means = node("means", .dequantize(Dequantize()), [flat], type: .float32)
    graph.outputs.append(Output(name: "means", tensor: means, kind: .feature))
    let rounded = node("rounded", .quantize(Quantize()), [sum], type: .uint8, zero: 128)
    let restored = node("restored", .dequantize(Dequantize()), [rounded], type: .float32)
    graph.outputs.append(Output(name: "restored", tensor: restored, kind: .feature))
  }

  private mutating func addFloatTail(block: Int, pooled: Int) {
    let added = node("added", .add(Add(activation: .relu())), [block, pooled], type: .float32)
    let window = Pool.window(.max, kernel: Extent2D(y: 2, x: 2), stride: Extent2D(y: 1, x: 1), padding: Padding(0))
    let greatest = node("greatest", .pool(window), [added], type: .float32)
    let swish = node("swish", .activation(.hardSwish), [added], type: .float32)
    for (name, map) in [("average", greatest), ("swish.average", swish)] {
      let average = node(name, .pool(.global(.average)), [map], type: .float32)
      let flat = node(name + ".flatten", .flatten(Flatten()), [average], type: .float32)
      let means = node(name + ".means", .activation(.relu()), [flat], type: .float32)
      graph.outputs.append(Output(name: name, tensor: means, kind: .feature))
    }
  }

  /// Adds a node that writes a new tensor; what is a byte has one scale and a zero point.
  private mutating func node(
    _ name: String, _ operation: Operation, _ inputs: [Int], _ parameters: [Int] = [], type: ElementType,
    zero: Float = 0
  ) -> Int {
    let shape = try? operation.outputShape(
      inputs: inputs.map { graph.tensors[$0].shape }, parameters: parameters.map { graph.tensors[$0].shape })
    var tensor = Tensor(name: name, elementType: type, shape: shape ?? [])
    if type == .uint8 { tensor.quantization = Quantization(scale: [0.03125], zeroPoint: [zero]) }
    let output = graph.addTensor(tensor)
    graph.nodes.append(
      Node(
        name: name, operation: operation, inputs: inputs, parameters: parameters, outputs: [output], sources: [name]))
    return output
  }

  private mutating func convolution(
    _ name: String, _ x: Int, residual: Int? = nil, outputs: Int, kernel: Int, pool: Bool = false,
    classes: [Int] = []
  ) -> Int {
    let shape = [outputs, graph.tensors[x].shape[1], kernel, kernel]
    let operation = Convolution(
      padding: Padding(kernel / 2), activation: .relu(), globalPool: pool ? .average : nil)
    let parameters = weights(name, shape, isInteger: isInteger, classes: classes)
    let output = node(name, .convolution(operation), [x] + [residual].compactMap(\.self), parameters, type: byteType)
    if isInteger {
      require(residual: residual == nil ? nil : 0.5, pool: pool ? 0.0625 : nil, high: pool ? 1000 : nil)
    }
    return output
  }

  /// A pooled convolution by Winograd in 8 bits, and what was measured of it.
  private mutating func winograd8(_ name: String, _ x: Int, outputs: Int) -> Int {
    let (channels, positions) = (graph.tensors[x].shape[1], Winograd8Input.positions)
    let transformed = (0..<outputs * channels * positions).map { _ in
      Int8.random(in: -weightLimit...weightLimit, using: &random)
    }
    let weight = weights(name, [outputs, channels, 3, 3], isInteger: true, classes: [])[0]
    let bias = (0..<positions * outputs).map { _ in Int32.random(in: -999...999, using: &random) }
    let multiplier = random.floats(positions * outputs, in: 0.001...0.002)
    let parameters = [
      weight, graph.addConstant(name + ".biases", shape: [positions, outputs], .int32(bias)),
      graph.addConstant(name + ".multipliers", shape: [positions, outputs], .float32(multiplier)),
      graph.addConstant(name + ".addend", shape: [outputs], .float32(random.floats(outputs))),
      graph.addConstant(name + ".transformed", shape: [outputs, channels, 4, 4], .int8(transformed)),
    ]
    let operation = Convolution(padding: Padding(1), activation: .relu(), globalPool: .average)
    let output = node(name, .convolution(operation), [x], parameters, type: .uint8)
    graph.nodes[graph.nodes.count - 1].requantization = Requantization(
      poolMultiplier: 0.0625, poolHigh: 1000,
      winograd8: Winograd8Input(
        multipliers: (0..<positions).map { 8000 + 100 * $0 }, offsets: (0..<positions).map { 120 + $0 }))
    graph.provenance.calibration = Provenance.Calibration(
      method: "minmax", images: 1, imagesSHA256: [UInt8](0..<32),
      approximations: [
        Provenance.Approximation(node: name, directDecibels: 40.5, decibels: 38.25, isChosen: true),
        Provenance.Approximation(node: "other", directDecibels: 41, decibels: 0, isChosen: false),
      ])
    return output
  }

  private mutating func linear(
    _ name: String, _ x: Int, addend: Int? = nil, outputs: Int, activation: Activation? = nil, type: ElementType,
    zero: Float = 0
  ) -> Int {
    let reads = graph.tensors[x].elementType
    let parameters = weights(name, [outputs, graph.tensors[x].shape[1]], isInteger: reads == .uint8, classes: [])
    let inputs = [x] + [addend].compactMap(\.self)
    let output = node(
      name, .linear(Linear(activation: activation)), inputs, parameters, type: type, zero: zero)
    if type == .uint8 { require(output: 32) }
    return output
  }

  private mutating func weights(_ name: String, _ shape: [Int], isInteger: Bool, classes: [Int]) -> [Int] {
    let (count, outputs) = (shape.reduce(1, *), shape[0])
    guard isInteger else {
      return [
        graph.addConstant(name + ".weight", shape: shape, .float32(random.floats(count, in: -0.25...0.25))),
        graph.addConstant(name + ".bias", shape: [outputs], .float32(random.floats(outputs))),
      ]
    }
    let values = (0..<count).map { _ in Int8.random(in: -weightLimit...weightLimit, using: &random) }
    let weight = graph.addConstant(name + ".weight", shape: shape, .int8(values))
    graph.tensors[weight].quantization = Quantization(
      scale: [Float](repeating: 0.0078125, count: outputs), zeroPoint: [Float](repeating: 0, count: outputs), axis: 0)
    let biases = (0..<classes.reduce(outputs, *)).map { _ in Int32.random(in: -999...999, using: &random) }
    let multipliers = random.floats(outputs, in: 0.001...0.002)
    return [
      weight, graph.addConstant(name + ".bias", shape: classes + [outputs], .int32(biases)),
      graph.addConstant(name + ".multiplier", shape: [outputs], .float32(multipliers)),
    ]
  }

  /// Gives the last node its multipliers.
  private mutating func require(
    residual: Float? = nil, pool: Float? = nil, high: Float? = nil, output: Float? = nil
  ) {
    guard residual != nil || pool != nil || output != nil else { return }
    graph.nodes[graph.nodes.count - 1].requantization = Requantization(
      residualMultiplier: residual, poolMultiplier: pool, poolHigh: high, outputMultiplier: output)
  }
}
