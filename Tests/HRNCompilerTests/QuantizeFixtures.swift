import Foundation
import HRNFormat
import HRNGraph
import HRNTestSupport

@testable import HRNCompiler

/// A fused graph, as the passes leave it, whose nodes the tests write by hand.
struct FusedGraph {
  var graph: Graph
  var random: SeededGenerator

  init(shape: [Int], seed: UInt64 = 1, mean: [Float]? = nil, std: [Float]? = nil, scale: Float = 1 / 255) {
    graph = Graph(name: "fused")
    random = SeededGenerator(seed: seed)
    graph.inputs = [graph.addTensor(Tensor(name: "image", elementType: .float32, shape: shape))]
    graph.recipe = Recipe(
      channels: shape[1], scale: scale, mean: mean ?? [Float](repeating: 0.5, count: shape[1]),
      std: std ?? [Float](repeating: 0.5, count: shape[1]))
  }

  var image: Int { graph.inputs[0] }

  mutating func node(
    _ name: String, _ operation: HRNFormat.Operation, _ inputs: [Int], weights: [Float]? = nil, bias: [Float]? = nil,
    weightShape: [Int] = []
  ) throws -> Int {
    var parameters: [Int] = []
    if let weights { parameters.append(graph.addConstant(name + ".weight", shape: weightShape, .float32(weights))) }
    if let bias { parameters.append(graph.addConstant(name + ".bias", shape: [bias.count], .float32(bias))) }
    let shape = try operation.outputShape(
      inputs: inputs.map { graph.tensors[$0].shape }, parameters: parameters.map { graph.tensors[$0].shape })
    let output = graph.addTensor(Tensor(name: name, elementType: .float32, shape: shape))
    graph.nodes.append(
      Node(name: name, operation: operation, inputs: inputs, parameters: parameters, outputs: [output]))
    return output
  }

  mutating func convolution(
    _ name: String, _ inputs: [Int], outputs: Int, kernel: Int = 1, stride: Int = 1, padding: Int? = nil,
    activation: Activation? = .relu(), globalPool: PoolKind? = nil, weights: [Float]? = nil, bias: [Float]? = nil
  ) throws -> Int {
    let shape = [outputs, graph.tensors[inputs[0]].shape[1], kernel, kernel]
    let bound = (3 / Float(shape[1] * kernel * kernel)).squareRoot()
    let convolution = Convolution(
      stride: Extent2D(y: stride, x: stride), padding: Padding(padding ?? kernel / 2), activation: activation,
      globalPool: globalPool)
    let weights = weights ?? random.floats(shape.reduce(1, *), in: -bound...bound)
    let bias = bias ?? random.floats(outputs, in: -0.3...0.3)
    return try node(name, .convolution(convolution), inputs, weights: weights, bias: bias, weightShape: shape)
  }

  mutating func linear(
    _ name: String, _ inputs: [Int], outputs: Int, activation: Activation? = nil, weights: [Float]? = nil,
    bias: [Float]? = nil
  ) throws -> Int {
    let shape = [outputs, graph.tensors[inputs[0]].shape[1]]
    let bound = (3 / Float(shape[1])).squareRoot()
    let weights = weights ?? random.floats(shape.reduce(1, *), in: -bound...bound)
    let bias = bias ?? random.floats(outputs, in: -0.3...0.3)
    return try node(
      name, .linear(Linear(activation: activation)), inputs, weights: weights, bias: bias, weightShape: shape)
  }

  mutating func output(_ name: String, _ tensor: Int, _ kind: ScoreKind = .feature) {
    graph.outputs.append(Output(name: name, tensor: tensor, kind: kind))
  }

  /// A whole small network in the shape that the passes leave an HRN in: merged feature blocks, pooled convolutions,
  /// hierarchical sums in the linears, float heads.
  static func network(size: Int = 12, seed: UInt64 = 1) throws -> Graph {
    var g = FusedGraph(shape: [1, 3, size, size], seed: seed, mean: [0.48, 0.45, 0.4], std: [0.23, 0.22, 0.25])
    var x = try g.convolution("stem", [g.image], outputs: 16, kernel: 3)
    x = try g.node(
      "pool", .pool(.window(.max, kernel: Extent2D(y: 3, x: 3), stride: Extent2D(y: 2, x: 2), padding: Padding(1))), [x]
    )
    let a = try g.convolution("block1.conv1", [x], outputs: 16, kernel: 3)
    x = try g.convolution("block1.conv2", [a, x], outputs: 16, kernel: 3)
    let b = try g.convolution("block2.conv1", [x], outputs: 16, kernel: 1)
    let shortcut = try g.convolution("block2.shortcut", [x], outputs: 24, kernel: 1, stride: 2, activation: nil)
    x = try g.convolution("block2.conv2", [b, shortcut], outputs: 24, kernel: 3, stride: 2)
    let merged = try g.convolution("gsb.1x1", [x], outputs: 32)
    var sum: Int?
    for (level, labels) in [3, 7].enumerated() {
      let slice = try g.node("level\(level).slice", .slice(Slice(begin: level * 16, count: 16)), [merged])
      let pooled = try g.convolution("level\(level).3x3", [slice], outputs: 20, kernel: 3, globalPool: .average)
      let flat = try g.node("level\(level).flatten", .flatten(Flatten()), [pooled])
      let hidden = try g.linear("level\(level).fc1", [flat], outputs: 12, activation: .elu())
      sum = try g.linear("level\(level).embedding", [hidden] + (sum.map { [$0] } ?? []), outputs: 10)
      let active = try g.node("level\(level).relu", .activation(.relu()), [sum!])
      let logits = try g.linear("level\(level).head", [active], outputs: labels)
      g.output("level\(level).sigmoid", try g.node("level\(level).sigmoid", .activation(.sigmoid), [logits]), .sigmoid)
      g.output("level\(level).logits", logits, .logit)
    }
    try g.graph.verify()
    return g.graph
  }
}

/// Pictures of random pixels as a set on disk.
func randomPictures(_ count: Int, shape: [Int], seed: UInt64 = 7) -> [[UInt8]] {
  var random = SeededGenerator(seed: seed)
  return (0..<count).map { _ in (0..<shape.reduce(1, *)).map { _ in UInt8.random(in: 0...255, using: &random) } }
}

/// Calibrates on these pixels.
func calibrated(_ graph: Graph, on pictures: [[UInt8]]) throws -> Calibration {
  try Calibration(graph, pictures: pictures) { graph throws(QuantizeError) in try ReferenceEngine(graph) }
}

/// Signal over noise in decibels.
func decibels(_ reference: [Float], _ found: [Float]) -> Double {
  let signal = reference.reduce(0) { $0 + Double($1) * Double($1) }
  let noise = zip(reference, found).reduce(0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
  return 10 * log10(signal / noise)
}
