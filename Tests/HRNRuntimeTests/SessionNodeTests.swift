import HRNFormat
import HRNGraph
import HRNTestSupport
import Testing

@testable import HRNRuntime

/// What each kind of node writes, against plain Swift.
struct SessionNodeTests {
  @Test(arguments: [1, 2, 3] as [UInt64])
  func everyInt8NodeWritesWhatItsFormulaSays(seed: UInt64) throws {
    try checkEveryNode(everyInt8Node(seed: seed), seed: seed)
  }

  @Test(arguments: [16, 20, 64])
  func int8NodesWriteTheSameAtWidthsThatFillBlocksAndThatDoNot(width: Int) throws {
    try checkEveryNode(everyInt8Node(seed: 4, size: 14, width: width), seed: 5)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func everyFloatNodeWritesWhatItsFormulaSays(seed: UInt64) throws {
    try checkEveryNode(everyFloatNode(seed: seed), seed: seed)
  }

  @Test(arguments: [16, 24, 64, 80])
  func everyConvolutionAndPoolWritesWhatItsFormulaSays(width: Int) throws {
    try checkEveryNode(everyInt8Convolution(seed: 6, width: width), seed: 7)
    try checkEveryNode(everyFloatConvolution(seed: 6, width: width), seed: 7)
  }

  @Test func bitsDependNeitherOnThreadsNorOnTheCPU() throws {
    let graphs = [
      everyInt8Node(seed: 7, size: 40, width: 80), everyFloatNode(seed: 7, size: 40, width: 72),
      everyInt8Convolution(seed: 7, size: 33, width: 80), everyFloatConvolution(seed: 7, size: 33, width: 72),
    ]
    for graph in graphs {
      let plain = try session(graph, SessionOptions(threads: 1, cpu: .scalar))
      let pixels = noise(plain.model, seed: 8)
      let expected = try bits(plain, pixels)
      for tier in tiersHere {
        for threads in 1...3 {
          let other = try session(graph, SessionOptions(threads: threads, cpu: tier))
          #expect(try bits(other, pixels) == expected, "\(tier.name), \(threads) threads")
        }
      }
    }
  }

  @Test func resultsDoNotDependOnTheRunBefore() throws {
    for graph in [everyInt8Node(seed: 9), everyFloatNode(seed: 9)] {
      let fresh = try session(graph)
      let (one, other) = (noise(fresh.model, seed: 1), noise(fresh.model, seed: 2))
      let expected = try bits(fresh, one)
      let used = try session(graph)
      _ = try bits(used, other)
      #expect(try bits(used, one) == expected)
      #expect(try bits(used, other) != expected)
    }
  }

  @Test func vectorsWhoseLengthsAreNoMultipleOfFourIgnoreWhatLiesBehindThem() throws {
    var builder = GraphBuilder()
    let x = builder.input([1, 7])
    builder.output("y", builder.linear(builder.slice(x, from: 2, count: 5), outputs: 3))
    let bound = try session(builder.graph)
    let values: [Float] = [.nan, .nan, 1, 2, 3, 4, 5]
    try values.withUnsafeBufferPointer { _ = try bound.run(values: $0) }
    let expected = try ReferenceExecutor.outputs(of: builder.graph, [0, 0] + values.dropFirst(2))[0]
    for (found, expected) in zip(bound.output(0), expected) { #expect(abs(found - expected) < 1e-6) }
  }
}

extension ReferenceExecutor {
  static func outputs(of graph: Graph, _ input: [Float]) throws -> [[Float]] {
    try ReferenceExecutor(graph, products: .plain).run([input])
  }
}

/// A graph that has every kind of float32 node, at sizes that leave groups, blocks and vectors half full.
func everyFloatNode(seed: UInt64, size: Int = 15, width: Int = 24) -> Graph {
  var b = GraphBuilder("float", seed: seed)
  func fused(_ x: Int, _ outputs: Int, kernel: Int, stride: Int = 1, residual: Int? = nil, pool: Bool = false) -> Int {
    let depth = b.shape(of: x)[1]
    let bound = (3 / Float(depth * kernel * kernel)).squareRoot()
    let weights = b.constant(
      "w\(b.graph.tensors.count)", shape: [outputs, depth, kernel, kernel],
      b.random.floats(outputs * depth * kernel * kernel, in: -bound...bound))
    let bias = b.constant("b\(b.graph.tensors.count)", shape: [outputs], b.random.floats(outputs))
    return b.node(
      .convolution(
        Convolution(
          stride: Extent2D(y: stride, x: stride), padding: Padding(kernel / 2), activation: .relu(),
          globalPool: pool ? .average : nil)), [x] + (residual.map { [$0] } ?? []), parameters: [weights, bias])
  }
  func linear(_ x: Int, _ outputs: Int, addend: Int?, _ activation: Activation?) -> Int {
    let depth = b.shape(of: x)[1]
    let weights = b.constant(
      "w\(b.graph.tensors.count)", shape: [outputs, depth], b.random.floats(outputs * depth, in: -0.2...0.2))
    let bias = b.constant("b\(b.graph.tensors.count)", shape: [outputs], b.random.floats(outputs))
    return b.node(
      .linear(Linear(activation: activation)), [x] + (addend.map { [$0] } ?? []), parameters: [weights, bias])
  }
  let image = b.input([1, 3, size, size])
  var x = b.maxPool(fused(image, width, kernel: 7, stride: 2))
  x = fused(fused(x, width, kernel: 3), width, kernel: 3, residual: x)
  let plain = b.convolution(x, outputs: 100, kernel: 1, stride: 2)
  let sum = b.add([plain, b.relu(plain), plain])
  let (left, right) = (b.slice(sum, from: 0, count: 48), b.slice(sum, from: 48, count: 52))
  let pooled = b.flatten(fused(left, 70, kernel: 3, pool: true))
  let averaged = b.flatten(b.globalAveragePool(right))
  let hidden = linear(pooled, 67, addend: nil, .elu())
  let first = linear(hidden, 30, addend: nil, nil)
  let second = linear(averaged, 30, addend: first, nil)
  let third = linear(averaged, 30, addend: second, .sigmoid)
  b.output("coarse", b.sigmoid(b.linear(b.relu(second), outputs: 5)))
  b.output("fine", b.softmax(b.linear(b.slice(third, from: 7, count: 22), outputs: 130)))
  b.output("elu", b.elu(b.slice(second, from: 3, count: 13)))
  b.describe(tree: evenTree(levels: [2, 3]), recipe: squareRecipe(size: size, channels: 3))
  var graph = b.graph
  graph.tree = nil
  return graph
}

/// `everyInt8Convolution` in float32.
func everyFloatConvolution(seed: UInt64, size: Int = 20, width: Int = 48) -> Graph {
  var b = GraphBuilder("float", seed: seed)
  let image = b.input([1, 3, size, size])
  let after = Padding(top: 0, left: 0, bottom: 1, right: 1)
  let stem = b.convolution(image, outputs: width, stride: 2, paddings: after, bias: true)
  let other = b.convolution(image, outputs: 6, padding: 2, dilation: 2, groups: 3)
  let x = b.convolution(stem, outputs: width, kernel: 5, groups: width, bias: true)
  let strided = b.convolution(
    x, outputs: width, kernel: 5, stride: 2, paddings: Padding(top: 1, left: 2, bottom: 2, right: 1), groups: width)
  let dilated = b.convolution(x, outputs: 2 * width, padding: 3, dilation: 3, groups: 4)
  let atrous = b.convolution(x, outputs: 20, padding: 2, dilation: 2)
  let apart = b.convolution(x, outputs: width, padding: 2, dilation: 2, groups: width)
  let multiplied = b.convolution(strided, outputs: 3 * width, groups: width)
  let window = Pool.window(
    .average, kernel: Extent2D(y: 3, x: 2), stride: Extent2D(y: 2, x: 1),
    padding: Padding(top: 1, left: 1, bottom: 1, right: 0))
  let averaged = b.node(.pool(window), [dilated])
  for (index, map) in [other, strided, dilated, atrous, apart, multiplied, averaged].enumerated() {
    b.output("greatest\(index)", b.flatten(b.node(.pool(.global(.max)), [map])))
    b.output("mean\(index)", b.flatten(b.globalAveragePool(map)))
  }
  b.describe(tree: evenTree(levels: [2, 3]), recipe: squareRecipe(size: size, channels: 3))
  var graph = b.graph
  graph.tree = nil
  return graph
}
