import Foundation
import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

@testable import HRNCompiler

@Suite struct QuantizeInt8Tests {
  /// A pixel is its own value: scale 1, mean 0, std 1.
  static func rawPixels(_ shape: [Int]) -> FusedGraph {
    FusedGraph(
      shape: shape, mean: [Float](repeating: 0, count: shape[1]), std: [Float](repeating: 1, count: shape[1]), scale: 1)
  }

  static func constants(_ node: Node, _ graph: Graph) -> (weights: [Int8], bias: [Int32], multiplier: [Float]) {
    guard case .int8(let weights) = graph.constants[node.parameters[0]],
      case .int32(let bias) = graph.constants[node.parameters[1]],
      case .float32(let multiplier) = graph.constants[node.parameters[2]]
    else { preconditionFailure("\(node.name) is no int8 layer") }
    return (weights, bias, multiplier)
  }

  @Test func aConvolutionByHand() throws {
    var g = Self.rawPixels([1, 1, 1, 2])
    // 127 / 64 · (p) − 10, clamped at zero; the largest value comes from the pixel 128: 244.
    let x = try g.convolution("c", [g.image], outputs: 2, weights: [127.0 / 64, -1], bias: [-10, 200])
    g.output("y", x)
    let int8 = try QuantizeInt8.quantize(
      g.graph, calibration: try calibrated(g.graph, on: [[128, 10]]),
      options: QuantizeInt8.Options(correctsBias: false))
    let node = int8.nodes[0]
    let (weights, bias, multiplier) = Self.constants(node, int8)
    #expect(weights == [127, -127])
    // Weight scales are 1/64 and 1/127; the bias is in units of these.
    #expect(bias == [-640, 25400])
    let step = try #require(int8.tensors[node.output].quantization?.scale[0])
    #expect(step == Float(244.0 / 255) && int8.tensors[node.output].quantization?.zeroPoint == [0])
    #expect(multiplier == [Float(1.0 / 64 / Double(step)), Float(Double(Float(1.0 / 127)) / Double(step))])
    // 128 · 127 − 640 = 15616 units of 1/64 = 244 = 255 steps; 25400 − 127 · 128 = 9144 → 72 → 75.2 steps.
    guard case .uint8(let values) = Int8Reference(int8).trace([128, 10])[node.output] else {
      Issue.record("the convolution writes bytes")
      return
    }
    // 10 · 127 − 640 = 630 → 9.84 → 10.3 steps; 25400 − 1270 = 24130 → 190 → 198.6 steps.
    #expect(values == [255, 75, 10, 199])
    #expect(int8.nodes[1].operation == .dequantize(Dequantize()))
  }

  /// Weights and normalisation that float32 holds exactly: the int8 stem gives the float result to the last bit, in the
  /// corners too, where a mean of 127.5 cannot be a pixel.
  @Test(arguments: [
    (3, Convolution(padding: Padding(1))), (7, Convolution(stride: Extent2D(y: 2, x: 2), padding: Padding(3))),
    (5, Convolution(stride: Extent2D(y: 3, x: 3), padding: Padding(2))), (2, Convolution(padding: Padding(1))),
    (3, Convolution(stride: Extent2D(y: 2, x: 2), padding: Padding(top: 0, left: 0, bottom: 1, right: 1))),
    (3, Convolution(padding: Padding(top: 3, left: 0, bottom: 1, right: 2), dilation: Extent2D(y: 2, x: 3))),
    (3, Convolution(padding: Padding(1), groups: 3)),
  ])
  func theStemsBorderIsExact(kernel: Int, convolution: Convolution) throws {
    var g = FusedGraph(shape: [1, 3, 9, 8], mean: [0.5, 0.25, 0.75], std: [0.5, 0.5, 0.5], scale: 1 / 256)
    var random = SeededGenerator(seed: UInt64(kernel))
    // In units of 1/128, the largest 127: quantizing changes none.
    let shape = [6, 3 / convolution.groups, kernel, kernel]
    let row = shape[1] * kernel * kernel
    let weights = (0..<6 * row).map { index in
      index % row == 0 ? 127.0 / 128 : Float(Int.random(in: -126...126, using: &random)) / 128
    }
    let x = try g.node(
      "stem", .convolution(convolution), [g.image], weights: weights, bias: [0.5, -1, 0, 0.25, -0.5, 2],
      weightShape: shape)
    g.output("y", x)
    let pictures = randomPictures(3, shape: [3, 9, 8])
    let int8 = try QuantizeInt8.quantize(
      g.graph, calibration: try calibrated(g.graph, on: pictures), options: QuantizeInt8.Options(correctsBias: false))
    let (_, bias, _) = Self.constants(int8.nodes[0], int8)
    let classes = int8.tensors[int8.nodes[0].parameters[1]].shape
    #expect(classes.count == 3 && classes[2] == 6 && bias.count == classes.reduce(1, *))
    let quantization = try #require(int8.tensors[int8.nodes[0].output].quantization)
    for picture in pictures {
      let float = try ReferenceExecutor(g.graph, products: .plain).run([g.graph.recipe!.normalized(picture)])[0]
      guard case .uint8(let found) = Int8Reference(int8).trace(picture)[int8.nodes[0].output] else { continue }
      let area = found.count / 6
      for index in found.indices {
        // The one rounding left is that of the output.
        let exact = Double(float[index % 6 * area + index / 6]) / Double(quantization.scale[0])
        let stored = Double(found[index]) - Double(quantization.zeroPoint[0])
        #expect(abs(stored - exact) <= 0.5 + 1e-3, "position \(index / 6), channel \(index % 6)")
      }
    }
  }

  /// The corner's bias holds its own taps only.
  @Test func biasesPerBorderClassByHand() throws {
    var g = FusedGraph(shape: [1, 1, 3, 3], mean: [0.5], std: [1], scale: 1 / 255)
    let weights: [Float] = [1, 2, 4, 8, 16, 32, 64, 127, 100]
    let x = try g.convolution("stem", [g.image], outputs: 1, kernel: 3, weights: weights, bias: [0])
    g.output("y", x)
    let int8 = try QuantizeInt8.quantize(
      g.graph, calibration: try calibrated(g.graph, on: [[UInt8](repeating: 255, count: 9)]),
      options: QuantizeInt8.Options(correctsBias: false))
    let (stored, bias, _) = Self.constants(int8.nodes[0], int8)
    #expect(stored == [1, 2, 4, 8, 16, 32, 64, 127, 100])
    #expect(int8.tensors[int8.nodes[0].parameters[1]].shape == [3, 3, 1])
    let zero = try #require(int8.tensors[int8.inputs[0]].quantization?.zeroPoint[0])
    #expect(abs(zero - 127.5) < 1e-4)
    func expected(_ rows: Range<Int>, _ columns: Range<Int>) -> Int32 {
      var sum = 0
      for ky in rows { for kx in columns { sum += Int(stored[ky * 3 + kx]) } }
      return Int32((-Double(zero) * Double(sum)).rounded(.toNearestOrEven))
    }
    let ranges = [1..<3, 0..<3, 0..<2]
    #expect(bias == ranges.flatMap { rows in ranges.map { expected(rows, $0) } })
  }

  /// On a map so small that every window is clipped alike there is one class, and its taps are not the whole kernel.
  @Test func theOnlyClassOfASmallMapHoldsTheTapsInside() throws {
    var g = FusedGraph(shape: [1, 1, 2, 2], mean: [0.5], std: [1], scale: 1 / 255)
    let weights: [Float] = [127, 2, 4, 8, 16, 32, 64, 1, 100]
    let x = try g.convolution("stem", [g.image], outputs: 1, kernel: 3, stride: 2, weights: weights, bias: [0])
    g.output("y", x)
    let int8 = try QuantizeInt8.quantize(
      g.graph, calibration: try calibrated(g.graph, on: [[UInt8](repeating: 255, count: 4)]),
      options: QuantizeInt8.Options(correctsBias: false))
    let (_, bias, _) = Self.constants(int8.nodes[0], int8)
    #expect(int8.tensors[int8.nodes[0].parameters[1]].shape == [1])
    let zero = try #require(int8.tensors[int8.inputs[0]].quantization?.zeroPoint[0])
    #expect(bias == [Int32((-Double(zero) * Double(16 + 32 + 1 + 100)).rounded(.toNearestOrEven))])
  }

  @Test func aZeroPointMeetsPaddingInClassesToo() throws {
    var g = Self.rawPixels([1, 1, 5, 5])
    let signed = try g.convolution("a", [g.image], outputs: 4, activation: nil)
    let x = try g.convolution("b", [signed], outputs: 3, kernel: 3)
    let y = try g.convolution("c", [x], outputs: 3, kernel: 3)
    g.output("y", y)
    let pictures = randomPictures(4, shape: [1, 5, 5])
    let int8 = try QuantizeInt8.quantize(g.graph, calibration: try calibrated(g.graph, on: pictures))
    let zero = try #require(int8.tensors[int8.nodes[0].output].quantization?.zeroPoint[0])
    #expect(zero > 0)
    #expect(int8.tensors[int8.nodes[1].parameters[1]].shape == [3, 3, 3])
    // After a ReLU zero is stored as zero, and one bias serves every position.
    #expect(int8.tensors[int8.nodes[2].parameters[1]].shape == [3])
  }

  @Test(arguments: [Float(1e-12), 1e-30, Float.leastNonzeroMagnitude * 700]) func aNearlyDeadChannelKeepsItsBias(
    weight: Float
  ) throws {
    var g = Self.rawPixels([1, 2, 2, 2])
    let x = try g.convolution("c", [g.image], outputs: 3, weights: [weight, -weight, 0, 0, 1, 1], bias: [3, 5, 0])
    g.output("y", x)
    let pictures = randomPictures(2, shape: [2, 2, 2])
    let int8 = try QuantizeInt8.quantize(g.graph, calibration: try calibrated(g.graph, on: pictures))
    let (weights, bias, multiplier) = Self.constants(int8.nodes[0], int8)
    for o in 0..<3 {
      let magnitude = weights[o * 2..<o * 2 + 2].reduce(0) { $0 + abs(Int($1)) }
      #expect(abs(Int(bias[o])) + 255 * magnitude <= Int(Int32.max))
      #expect(multiplier[o].isNormal)
    }
    let step = Double(int8.tensors[int8.nodes[0].output].quantization!.scale[0])
    #expect(abs(Double(bias[0]) * Double(multiplier[0]) * step - 3) < 1e-3)
    #expect(abs(Double(bias[1]) * Double(multiplier[1]) * step - 5) < 1e-3)
  }

  @Test func aChannelOfNothingGetsTheScaleOne() throws {
    let weights = try #require(Int8Weights([0, 0], bias: [0], inputScale: 0.1, zeroBound: 0))
    #expect(weights.scale == [1] && weights.values == [0, 0])
  }

  @Test func sumsTooLongForThirtyTwoBitsAreRefused() {
    let taps = 20_000_000
    #expect(Int8Weights([Double](repeating: 1, count: taps), bias: [0], inputScale: 1, zeroBound: 0) == nil)
  }

  /// For random channels, some with absurd biases: no input can make the sum leave 32 bits.
  @Test(arguments: 1...20) func sumsFitThirtyTwoBits(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let taps = Int.random(in: 1...60, using: &random)
    let magnitude = pow(10, Double.random(in: -12...3, using: &random))
    let weights = random.floats(taps * 4).map { Double($0) * magnitude }
    let bias = random.floats(4).map { Double($0) * pow(10, Double.random(in: -3...6, using: &random)) }
    let inputScale = pow(10, Double.random(in: -5...1, using: &random))
    let zero = Double(Int.random(in: 0...255, using: &random))
    let layer = try Int8Layer(
      name: "layer", window: PatchSums.Window(features: taps), weights: weights, bias: bias, inputScale: inputScale,
      zeroPoints: [Double](repeating: zero, count: taps))
    for (o, integer) in layer.integerBias.enumerated() {
      let row = layer.quantized.values[o * taps..<(o + 1) * taps]
      let up = row.reduce(0) { $0 + 255 * max(Int($1), 0) }
      let down = row.reduce(0) { $0 + 255 * min(Int($1), 0) }
      #expect(Int(integer) + up <= Int(Int32.max) && Int(integer) + down >= Int(Int32.min), "seed \(seed)")
    }
  }

  @Test func headsAndSumsStayFloatAndTheTrunkIsInt8() throws {
    let graph = try FusedGraph.network()
    let int8 = try QuantizeInt8.quantize(
      graph, calibration: try calibrated(graph, on: randomPictures(4, shape: [3, 12, 12])))
    try int8.verify()
    func type(_ name: String) -> [ElementType?] {
      let node = int8.node(named: name)
      return [node.map { int8.tensors[$0.inputs[0]].elementType }, node.map { int8.tensors[$0.output].elementType }]
    }
    for name in ["stem", "pool", "block1.conv2", "gsb.1x1", "level0.slice", "level0.3x3", "level1.fc1"] {
      #expect(type(name) == [.uint8, .uint8], "\(name)")
    }
    for name in ["level0.embedding", "level1.embedding"] { #expect(type(name) == [.uint8, .float32], "\(name)") }
    for name in ["level0.relu", "level1.head", "level1.sigmoid"] {
      #expect(type(name) == [.float32, .float32], "\(name)")
    }
    #expect(!int8.nodes.contains { $0.operation.kind == .quantize || $0.operation.kind == .dequantize })
    let pooled = try #require(int8.node(named: "level0.3x3")?.requantization)
    #expect(pooled.poolHigh == 65535 && pooled.poolMultiplier != nil)
    let pool = try #require(int8.node(named: "pool"))
    #expect(int8.tensors[pool.inputs[0]].quantization == int8.tensors[pool.output].quantization)
    #expect(int8.provenance.calibration?.images == 4)
  }

  @Test(arguments: 1...4) func theInterpreterIsNearTheFloatNetwork(seed: UInt64) throws {
    let graph = try FusedGraph.network(seed: seed)
    let calibration = try calibrated(graph, on: randomPictures(16, shape: [3, 12, 12]))
    let int8 = Int8Reference(try QuantizeInt8.quantize(graph, calibration: calibration))
    let float = try ReferenceExecutor(graph, products: .plain)
    var (expected, found): ([Float], [Float]) = ([], [])
    for picture in randomPictures(8, shape: [3, 12, 12], seed: 99) {
      let (a, b) = (float.run([graph.recipe!.normalized(picture)]), int8.run(picture))
      for output in graph.outputs.indices where graph.outputs[output].kind == .logit {
        expected += a[output]
        found += b[output]
      }
    }
    let snr = decibels(expected, found)
    #expect(snr > 27, "seed \(seed): \(snr) dB")
  }

  @Test func correctionTakesTheMeanErrorAway() throws {
    let graph = try FusedGraph.network(seed: 3)
    let pictures = randomPictures(24, shape: [3, 12, 12])
    let calibration = try calibrated(graph, on: pictures)
    let float = try ReferenceExecutor(graph, products: .plain)
    var shift: [Double] = []
    for corrects in [false, true] {
      let int8 = try QuantizeInt8.quantize(
        graph, calibration: calibration, options: QuantizeInt8.Options(correctsBias: corrects))
      let interpreter = Int8Reference(int8)
      let embedding = try #require(int8.node(named: "level1.embedding")?.output)
      let source = try #require(graph.node(named: "level1.embedding")?.output)
      var mean = [Double](repeating: 0, count: 10)
      for picture in pictures {
        guard case .float32(let found) = interpreter.trace(picture)[embedding],
          let expected = float.trace([graph.recipe!.normalized(picture)])[source]?.elements
        else { continue }
        for o in mean.indices { mean[o] += Double(found[o] - expected[o]) / 24 }
      }
      shift.append(mean.reduce(0) { $0 + $1 * $1 }.squareRoot())
    }
    #expect(shift[1] < shift[0] / 20 && shift[1] < 1e-4, "from \(shift[0]) to \(shift[1])")
  }

  @Test func theResultIsAFunctionOfTheInput() throws {
    let graph = try FusedGraph.network()
    let pictures = randomPictures(6, shape: [3, 12, 12])
    let once = try QuantizeInt8.quantize(graph, calibration: try calibrated(graph, on: pictures))
    #expect(try QuantizeInt8.quantize(graph, calibration: try calibrated(graph, on: pictures)) == once)
  }

  /// Pixels 0 to 3 through min(max(x, 0), 2), then their mean: (0 + 1 + 2 + 2) / 4.
  @Test func aBoundedReLUIsBoundedBeforeTheFusedPool() throws {
    var g = Self.rawPixels([1, 1, 2, 2])
    let x = try g.convolution(
      "c", [g.image], outputs: 1, activation: .relu(high: 2), globalPool: .average, weights: [1], bias: [0])
    g.output("y", x)
    let int8 = try QuantizeInt8.quantize(g.graph, calibration: try calibrated(g.graph, on: [[0, 1, 2, 3]]))
    let found = Int8Reference(int8).run([0, 1, 2, 3])[0][0]
    #expect(abs(found - 1.25) < 0.01, "\(found)")
  }

  @Test func aNodeKeptInFloatIsBetweenConversions() throws {
    let graph = try FusedGraph.network()
    let calibration = try calibrated(graph, on: randomPictures(6, shape: [3, 12, 12]))
    let int8 = try QuantizeInt8.quantize(
      graph, calibration: calibration, options: QuantizeInt8.Options(keepFloat: ["block1.conv2", "level0.fc1"]))
    try int8.verify()
    let kept = try #require(int8.node(named: "block1.conv2"))
    #expect(kept.requantization == nil && int8.tensors[kept.parameters[0]].elementType == .float32)
    #expect((kept.inputs + kept.outputs).allSatisfy { int8.tensors[$0].elementType == .float32 })
    let picture = randomPictures(1, shape: [3, 12, 12], seed: 42)[0]
    let expected = try ReferenceExecutor(graph, products: .plain).run([graph.recipe!.normalized(picture)])
    #expect(decibels(expected[3], Int8Reference(int8).run(picture)[3]) > 27)
  }

  @Test func pixelsMeanNothingWithoutARecipe() throws {
    var g = try FusedGraph.network()
    let calibration = try calibrated(g, on: randomPictures(2, shape: [3, 12, 12]))
    g.recipe = nil
    #expect(throws: QuantizeError.noRecipe) { try QuantizeInt8.quantize(g, calibration: calibration) }
  }

  @Test func namesTheTensorThatIsNotFinite() throws {
    var g = Self.rawPixels([1, 1, 2, 2])
    let x = try g.convolution("c", [g.image], outputs: 1, weights: [3e38], bias: [0])
    g.output("y", x)
    let calibration = try calibrated(g.graph, on: [[200, 1, 1, 1]])
    #expect(throws: QuantizeError.notFinite(tensor: "c", values: 1)) {
      try QuantizeInt8.quantize(g.graph, calibration: calibration)
    }
  }

  @Test func calibratingOnNothingIsAnError() throws {
    let graph = try FusedGraph.network()
    #expect(throws: QuantizeError.noImages) { try calibrated(graph, on: []) }
  }
}
