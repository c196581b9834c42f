import HRNFormat
import HRNGraph

/// Runs an int8 graph by the format's formulas, plainly: the truth that the runtime is measured against, bit for bit.
///
/// Integer sums are exact; each float step is one IEEE operation. exp comes from the scalar kernels, whose fixed
/// sequence of operations is its definition.
package final class Int8Reference {
  /// The elements of an activation. Maps are `[H][W][C]`, vectors `[F]`.
  package enum Value: Equatable, Sendable {
    case uint8([UInt8])
    case float32([Float])
  }

  package let graph: Graph
  private let nodes: [Int8Node]
  private let lastReads: [[Int]]

  /// - Parameter graph: an int8 graph as `QuantizeInt8` makes it.
  package init(_ graph: Graph) {
    precondition(graph.precision == .int8 && graph.inputs.count == 1, "the interpreter runs int8 graphs of one image")
    self.graph = graph
    nodes = graph.nodes.map { Int8Node($0, in: graph) }
    lastReads = Self.lastReads(of: graph)
  }

  /// The graph's outputs, in their order, for u8 pixels `[H][W][C]`.
  package func run(_ pixels: [UInt8]) -> [[Float]] {
    run(pixels) { _, _ in }
  }

  /// Every activation by its index, in the layout of `Value`.
  package func trace(_ pixels: [UInt8]) -> [Int: Value] {
    var values: [Int: Value] = [:]
    _ = run(pixels) { values[$0] = $1 }
    return values
  }

  private func run(_ pixels: [UInt8], observe: (Int, Value) -> Void) -> [[Float]] {
    var values = [graph.inputs[0]: Self.image(pixels, of: graph)]
    for (position, node) in nodes.enumerated() {
      let value = node.evaluate { values[$0]! }
      observe(node.output, value)
      values[node.output] = value
      for tensor in lastReads[position] { values[tensor] = nil }
    }
    return graph.outputs.map { output in
      guard case .float32(let scores) = values[output.tensor] else {
        preconditionFailure("output \(output.name) is float32")
      }
      return scores
    }
  }

  static func image(_ pixels: [UInt8], of graph: Graph) -> Value {
    let shape = graph.tensors[graph.inputs[0]].shape
    precondition(pixels.count == shape.reduce(1, *), "the image has as many pixels as the network reads")
    return .uint8(pixels)
  }

  /// The activations whose last reader is the node at each position; outputs are kept.
  static func lastReads(of graph: Graph) -> [[Int]] {
    var last: [Int: Int] = [:]
    for (position, node) in graph.nodes.enumerated() {
      for tensor in node.inputs + node.outputs { last[tensor] = position }
    }
    for output in graph.outputs { last[output.tensor] = nil }
    var lastReads = [[Int]](repeating: [], count: graph.nodes.count)
    for (tensor, position) in last { lastReads[position].append(tensor) }
    return lastReads
  }
}

/// A node of an int8 graph, ready to be evaluated.
struct Int8Node {
  /// What computes convolutions, to the same bytes.
  enum Engine {
    /// Loops that are written to be read.
    case formulas
    /// The runtime's kernels where they can.
    case kernels
  }

  let output: Int
  private let inputs: [Int]
  private let body: ([Int8Reference.Value]) -> Int8Reference.Value

  init(_ node: Node, in graph: Graph, by engine: Engine = .formulas) {
    output = node.outputs[0]
    inputs = node.inputs
    let shapes = node.inputs.map { graph.tensors[$0].shape }
    let isInteger = graph.tensors[node.inputs[0]].elementType == .uint8
    let output = graph.tensors[node.outputs[0]]
    switch node.operation {
    case .convolution(let convolution) where isInteger:
      body = Self.convolution(node, convolution, in: graph, engine)
    case .convolution: body = Self.float(node, in: graph)
    case .linear(let linear):
      if isInteger {
        let layer = Int8Linear(node, linear, in: graph)
        body = { layer.evaluate($0) }
      } else {
        let layer = Float32Linear(node, linear, in: graph)
        body = { layer.evaluate($0) }
      }
    case .pool(let pool) where isInteger:
      body = Int8Operations.pool(pool, node, graph.tensors[node.inputs[0]], output)
    case .add(let add) where isInteger:
      let zeros = node.inputs.map { graph.tensors[$0].quantization!.zeroPoint[0] }
      body = Int8Operations.add(add, node, zeros: zeros, output)
    case .add(let add): body = Int8Operations.addFloat(add)
    case .slice(let slice): body = Int8Operations.slice(slice, channels: shapes[0][1])
    case .flatten: body = Int8Operations.flatten(shapes[0])
    case .activation(let activation):
      if isInteger, let input = graph.tensors[node.inputs[0]].quantization, let result = output.quantization {
        let table = Int8Operations.table(activation, input, result)
        body = { .uint8($0[0].bytes.map { table[Int($0)] }) }
      } else {
        body = { .float32(FloatOperations.apply(activation, $0[0].floats)) }
      }
    case .batchNorm(let norm):
      let parameters = node.parameters.map { graph.floats(of: $0)! }
      body = Int8Operations.scaleShift(norm, scale: parameters[0], shift: parameters[1], output)
    case .concat: body = Int8Operations.concat(node.inputs.map { graph.tensors[$0] }, output)
    case .localResponseNorm(let norm):
      body = { .float32(FloatOperations.normalize(norm, $0[0].floats, channels: shapes[0][1])) }
    case .softmax: body = { .float32(FloatOperations.softmax($0[0].floats)) }
    case .quantize:
      let quantization = output.quantization!
      body = Int8Operations.quantize(quantization)
    case .dequantize:
      let quantization = graph.tensors[node.inputs[0]].quantization!
      body = Int8Operations.dequantize(quantization)
    case .pool, .treeConstraint: body = Self.float(node, in: graph)
    }
  }

  /// The result, given how to get at the values that the node reads.
  func evaluate(_ value: (Int) -> Int8Reference.Value) -> Int8Reference.Value { body(inputs.map(value)) }

  private static func convolution(
    _ node: Node, _ convolution: Convolution, in graph: Graph, _ engine: Engine
  ) -> ([Int8Reference.Value]) -> Int8Reference.Value {
    if let input = node.requantization?.winograd8 {
      let parts = Winograd8Parts(node, convolution, input, in: graph)
      if engine == .kernels { return KernelWinograd8(parts).evaluate }
      return Int8Winograd8(parts).evaluate
    }
    let parts = Int8ConvolutionParts(node, convolution, in: graph)
    if engine == .kernels, let layer = KernelConvolution(parts, convolution) { return layer.evaluate }
    return Int8Convolution(parts).evaluate
  }

  /// A float operation by its definition.
  private static func float(
    _ node: Node, in graph: Graph
  ) -> ([Int8Reference.Value]) -> Int8Reference.Value {
    let shapes = node.inputs.map { graph.tensors[$0].shape }
    let parameters = node.parameters.map { tensor -> HRNGraph.Value in
      guard let floats = graph.floats(of: tensor) else { preconditionFailure("a float node has float parameters") }
      return HRNGraph.Value(graph.tensors[tensor].shape, floats)
    }
    return { inputs in
      let operands = zip(inputs, shapes).map { value, shape in HRNGraph.Value(shape, planar(value.floats, shape)) }
      let result = node.operation.definition.evaluate(Operands(operands, parameters: parameters))
      return .float32(interleaved(result.elements, result.shape))
    }
  }

  /// `[H][W][C]` to `[C][H][W]`.
  private static func planar(_ values: [Float], _ shape: [Int]) -> [Float] {
    let (channels, area) = (shape[1], shape.dropFirst(2).reduce(1, *))
    return (0..<values.count).map { values[$0 % area * channels + $0 / area] }
  }

  /// `[C][H][W]` to `[H][W][C]`.
  private static func interleaved(_ values: [Float], _ shape: [Int]) -> [Float] {
    let (channels, area) = (shape[1], shape.dropFirst(2).reduce(1, *))
    return (0..<values.count).map { values[$0 % channels * area + $0 / channels] }
  }
}

extension Int8Reference.Value {
  var floats: [Float] {
    guard case .float32(let values) = self else { preconditionFailure("a float operation reads floats") }
    return values
  }

  var bytes: [UInt8] {
    guard case .uint8(let values) = self else { preconditionFailure("an int8 operation reads bytes") }
    return values
  }
}
