import CHRNKernels
import HRNFormat
import HRNGraph

/// From a fused float32 graph to bfloat16: between convolutions maps are stored in 16 bits, and so are weights. All that
/// is computed is still computed in float32.
///
/// A convolution reads and writes bfloat16, but for the first, which reads the picture as float32 and writes float32, and
/// for one that is pooled, whose averages are float32. Windows of maxima and averages, sums of two, slices and concats are
/// of the type of what they read. Everything else is float32. Where a node reads the other type, the tensor is converted,
/// once for all its readers.
package enum RoundBFloat16 {
  package static func round(_ graph: consuming Graph) -> Graph {
    var rounding = Rounding(graph: consume graph)
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

/// The graph, with the nodes that it had, and those that it will have.
private struct Rounding {
  private(set) var graph: Graph
  private var nodes: [Node] = []
  /// By tensor: the same numbers in the other type.
  private var converted: [Int: Int] = [:]
  /// By constant that a convolution in float32 reads too: its bfloat16 form. Others become it.
  private var weights: [Int: Int] = [:]

  init(graph: consuming Graph) { self.graph = graph }

  consuming func finish() -> Graph {
    graph.nodes = nodes
    graph.precision = .bfloat16
    return graph
  }

  mutating func add(_ node: Node) {
    let type = type(of: node)
    var node = node
    // The sum over a whole map is taken of what is there.
    let readsEither = node.operation == .pool(.global(.average))
    if !readsEither { node.inputs = node.inputs.map { tensor($0, in: type) } }
    if type == .bfloat16, case .convolution = node.operation {
      node.parameters[0] = roundedWeights(node.parameters[0])
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
    case .convolution: return graph.inputs.contains(node.inputs[0]) ? .float32 : .bfloat16
    case .pool(.global(.average)): return .float32
    case .add(let add):
      let hasKernel = node.inputs.count == 2 && (add.activation == nil || add.activation?.clamp != nil)
      return isNarrow && hasKernel ? .bfloat16 : .float32
    case .pool, .slice, .concat: return isNarrow ? .bfloat16 : .float32
    default: return .float32
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

  private mutating func roundedWeights(_ index: Int) -> Int {
    if let known = weights[index] { return known }
    guard let values = graph.floats(of: index) else { return index }
    let rounded = Constant.bfloat16(RoundBFloat16.bits(of: values))
    let source = graph.tensors[index]
    guard graph.nodes.contains(where: { $0.parameters.first == index && type(of: $0) == .float32 }) else {
      graph.constants[index] = rounded
      graph.tensors[index].elementType = .bfloat16
      return index
    }
    weights[index] = graph.addConstant("\(source.name).bfloat16", shape: source.shape, rounded)
    return weights[index]!
  }
}
