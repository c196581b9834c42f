import CHRNKernels
import HRNFormat
import HRNGraph

/// From a fused float32 graph to bfloat16: between convolutions maps are stored in 16 bits, and so are weights. All that
/// is computed is still computed in float32.
///
/// A convolution reads and writes bfloat16, but for one that is pooled, whose averages are float32. So does the first, which
/// reads the picture as whole numbers, where a recipe says what number a pixel is and nothing but convolutions reads it;
/// elsewhere picture, first convolution and what it writes are float32. Windows of maxima and averages, sums of two, slices
/// and concats are of the type of what they read. Everything else is float32. Where a node reads the other type, the
/// tensor is converted, once for all its readers.
///
/// A linear computes in float32, and its weights are bfloat16, where products are made of its results further on. Those of
/// the last ones, which are small, stay float32: what a score's weights are off by, every score is off by.
package enum RoundBFloat16 {
  package static func round(_ graph: consuming Graph) -> Graph {
    var rounding = Rounding(graph: consume graph)
    rounding.roundPicture()
    for node in rounding.graph.nodes { rounding.add(node) }
    return rounding.finish()
  }

  /// The bits of the nearest bfloat16 numbers, of two as near those whose last bit is 0; beyond the largest, infinity.
  /// What is no number stays none.
  package static func bits(of values: [Float]) -> [UInt16] {
    [UInt16](unsafeUninitializedCapacity: values.count) { bits, count in
      hrn_kernels_at(HRN_TIER_AVX2).pointee.bf16_of_f32(values, bits.baseAddress, Int64(values.count))
      count = values.count
    }
  }
}

extension RoundBFloat16 {
  /// The bits of numbers that are near these and have the same sum, but for half of the last place of the smallest: each
  /// takes what the larger ones were rounded by. Filters so rounded are exact where a picture is of one colour.
  static func bitsKeepingSum(of values: [Float]) -> [UInt16] {
    var (bits, rest) = ([UInt16](repeating: 0, count: values.count), 0 as Float)
    for index in values.indices.sorted(by: { abs(values[$0]) > abs(values[$1]) }) {
      let wanted = values[index] + rest
      bits[index] = RoundBFloat16.bits(of: [wanted])[0]
      rest = wanted - Float(bfloat16: bits[index])
    }
    return bits
  }
}

extension Float {
  fileprivate init(bfloat16 bits: UInt16) { self.init(bitPattern: UInt32(bits) << 16) }
}

/// The graph, with the nodes that it had, and those that it will have.
private struct Rounding {
  private(set) var graph: Graph
  private var nodes: [Node] = []
  /// By tensor: the same numbers in the other type.
  private var converted: [Int: Int] = [:]
  /// By constant that a node reads as float32 too: its bfloat16 form. Others become it.
  private var weights: [Int: Int] = [:]
  /// Tensors that products are made of further on.
  private let multiplied: Set<Int>

  init(graph: consuming Graph) {
    var multiplied: Set<Int> = []
    for node in graph.nodes.reversed() {
      switch node.operation {
      case .linear, .convolution: multiplied.insert(node.inputs[0])
      default: break
      }
      if multiplied.contains(node.output) { multiplied.formUnion(node.inputs) }
    }
    self.multiplied = multiplied
    self.graph = graph
  }

  consuming func finish() -> Graph {
    graph.nodes = nodes
    graph.precision = .bfloat16
    return graph
  }

  /// Makes the picture bfloat16, where that is exact.
  mutating func roundPicture() {
    guard let picture = graph.inputs.first, let recipe = graph.recipe, graph.shape(of: picture).count == 4,
      graph.shape(of: picture)[1] == recipe.channels,
      graph.readers(of: picture).allSatisfy({ $0.readsPixels(of: picture) })
    else { return }
    graph.tensors[picture].elementType = .bfloat16
    graph.tensors[picture].quantization = .centredPixels(recipe)
  }

  mutating func add(_ node: Node) {
    let type = type(of: node)
    var node = node
    // The sum over a whole map is taken of what is there.
    let readsEither = node.operation == .pool(.global(.average))
    if !readsEither { node.inputs = node.inputs.map { tensor($0, in: type) } }
    if hasRoundedWeights(node) {
      if case .convolution(let convolution) = node.operation,
        let quantization = graph.tensors[node.inputs[0]].quantization
      {
        node.parameters = pictureParameters(of: node, groups: convolution.groups, quantization)
      } else {
        node.parameters[0] = roundedWeights(node.parameters[0])
      }
    }
    if case .convolution(let convolution) = node.operation, convolution.globalPool != nil {
      graph.tensors[node.output].elementType = .float32
    } else {
      graph.tensors[node.output].elementType = type
    }
    nodes.append(node)
  }

  /// What a node reads and writes.
  private func type(of node: Node) -> ElementType {
    let isNarrow = node.inputs.contains { graph.tensors[$0].elementType == .bfloat16 }
    switch node.operation {
    case .convolution:
      return graph.inputs.contains(node.inputs[0]) ? graph.tensors[node.inputs[0]].elementType : .bfloat16
    case .pool(.global(.average)): return .float32
    case .add(let add):
      let hasKernel = node.inputs.count == 2 && (add.activation == nil || add.activation?.clamp != nil)
      return isNarrow && hasKernel ? .bfloat16 : .float32
    case .pool, .slice, .concat: return isNarrow ? .bfloat16 : .float32
    default: return .float32
    }
  }

  private func hasRoundedWeights(_ node: Node) -> Bool {
    switch node.operation {
    case .convolution: type(of: node) == .bfloat16
    case .linear: multiplied.contains(node.output)
    default: false
    }
  }

  private mutating func tensor(_ index: Int, in type: ElementType) -> Int {
    let source = graph.tensors[index]
    if source.elementType == type { return index }
    if let known = converted[index] { return known }
    let name = graph.freshNodeName("\(source.name).\(type.name)")
    let output = graph.addTensor(Tensor(name: name, elementType: type, shape: source.shape))
    let operation: Operation = type == .bfloat16 ? .quantize(Quantize()) : .dequantize(Dequantize())
    nodes.append(Node(name: name, operation: operation, inputs: [index], outputs: [output]))
    converted[index] = output
    return output
  }

  /// Weights and bias of a convolution that reads the picture as it is stored: with s its scale and z its zero point,
  ///
  ///     Σ w · s · (x − z) + b = Σ w′ · x + b′      w′ = w · s, rounded      b′ = b − Σ w′ · z
  private mutating func pictureParameters(of node: Node, groups: Int, _ quantization: Quantization) -> [Int] {
    guard let values = graph.floats(of: node.parameters[0]) else { return node.parameters }
    let shape = graph.shape(of: node.parameters[0])
    let (outputs, inputs, taps) = (shape[0], shape[1], shape[2] * shape[3])
    let bias = node.parameters.count > 1 ? graph.floats(of: node.parameters[1]) : nil
    var weights: [UInt16] = []
    var shifted = (bias ?? [Float](repeating: 0, count: outputs)).map(Double.init)
    for output in 0..<outputs {
      for input in 0..<inputs {
        let channel = output / (outputs / groups) * inputs + input
        let filter = values[(output * inputs + input) * taps..<(output * inputs + input + 1) * taps]
        let rounded = RoundBFloat16.bitsKeepingSum(of: filter.map { $0 * quantization.scale[channel] })
        let sum = rounded.reduce(0) { $0 + Double(Float(bfloat16: $1)) }
        weights += rounded
        shifted[output] -= sum * Double(quantization.zeroPoint[channel])
      }
    }
    return [
      graph.addConstant("\(node.name).pixels.weight", shape: shape, .bfloat16(weights)),
      graph.addConstant("\(node.name).pixels.bias", shape: [outputs], .float32(shifted.map { Float($0) })),
    ]
  }

  private mutating func roundedWeights(_ index: Int) -> Int {
    if let known = weights[index] { return known }
    guard let values = graph.floats(of: index) else { return index }
    let rounded = Constant.bfloat16(RoundBFloat16.bits(of: values))
    let source = graph.tensors[index]
    guard graph.nodes.contains(where: { $0.parameters.first == index && !hasRoundedWeights($0) }) else {
      graph.constants[index] = rounded
      graph.tensors[index].elementType = .bfloat16
      return index
    }
    weights[index] = graph.addConstant("\(source.name).bfloat16", shape: source.shape, rounded)
    return weights[index]!
  }
}
