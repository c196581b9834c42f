import CHRNKernels
import HRNFormat

/// A function of every element, as a kernel.
struct ElementFunction {
  private let activation: Activation?
  private let kernels: UnsafePointer<hrn_kernels>

  init(_ activation: Activation?, _ kernels: UnsafePointer<hrn_kernels>) {
    self.activation = activation
    self.kernels = kernels
  }

  var isIdentity: Bool { activation == nil }

  /// y = f(x) for `count` elements; y may be x. Without an activation x must be y, and stays.
  func apply(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int64) {
    switch activation {
    case nil: break
    case .relu(let high): kernels.pointee.clamp_f32(x, 0, high ?? .infinity, y, count)
    case .elu(let alpha): kernels.pointee.elu_f32(x, alpha, y, count)
    case .sigmoid: kernels.pointee.sigmoid_f32(x, y, count)
    case .tanh: kernels.pointee.tanh_f32(x, y, count)
    case .hardSigmoid(let alpha, let beta): kernels.pointee.hard_sigmoid_f32(x, alpha, beta, y, count)
    case .hardSwish: kernels.pointee.hard_swish_f32(x, y, count)
    case .leakyRelu(let alpha): kernels.pointee.leaky_relu_f32(x, alpha, y, count)
    case .clip(let low, let high): kernels.pointee.clamp_f32(x, low, high, y, count)
    }
  }
}

extension Binder {
  func bind(_ activation: Activation, of node: Node) throws(SessionError) -> Step {
    if graph.tensors.indices.contains(node.outputs[0]), graph.tensors[node.outputs[0]].elementType == .uint8 {
      let (x, y, count) = try pair(node, .uint8, .uint8)
      let table = ByteTable(
        from: try x.quantization(of: node), to: try y.quantization(of: node), ElementFunction(activation, kernels),
        kernels)
      return Lookup(kernels, table, x.bytes, y.bytes, count)
    }
    let (x, y, count) = try pair(node, .float32, .float32)
    return ActivationFloat(ElementFunction(activation, kernels), x.floats, y.floats, count)
  }

  func bindSoftmax(_ node: Node) throws(SessionError) -> Step {
    let (x, y, count) = try pair(node, .float32, .float32)
    _ = try x.vectorCount(of: node)
    return SoftmaxFloat(kernels, x.floats, y.floats, count)
  }

  func bindQuantize(_ node: Node) throws(SessionError) -> Step {
    if graph.precision == .bfloat16 {
      let (x, y, count) = try pair(node, .float32, .bfloat16)
      return Narrowing(kernels, x.floats, y.halves, count)
    }
    let (x, y, count) = try pair(node, .float32, .uint8)
    let q = try y.quantization(of: node)
    return Quantizing(kernels, x.floats, y.bytes, count, node.requantization?.outputMultiplier ?? 1 / q.scale, q.zero)
  }

  func bindDequantize(_ node: Node) throws(SessionError) -> Step {
    if graph.precision == .bfloat16 {
      let (x, y, count) = try pair(node, .bfloat16, .float32)
      return Widening(kernels, x.halves, y.floats, count)
    }
    if let picture = try bindPixels(node) { return picture }
    let (x, y, count) = try pair(node, .uint8, .float32)
    let q = try x.quantization(of: node)
    return Dequantizing(kernels, x.bytes, y.floats, count, q.scale, q.zero)
  }

  /// Binds a sum of two or more tensors: any number in float32, two in bfloat16 and uint8.
  func bind(_ add: Add, of node: Node, _ plan: NodePlan) throws(SessionError) -> Step {
    guard node.inputs.count >= 2, graph.tensors.indices.contains(node.outputs[0]) else {
      throw node.fault("a sum has two inputs or more")
    }
    let type = graph.tensors[node.outputs[0]].elementType
    let output = try activation(node.outputs[0], type, of: node)
    var inputs: [Place] = []
    for index in node.inputs {
      let input = try activation(index, type, of: node)
      guard input.tensor.shape == output.tensor.shape, input.tensor.layout == output.tensor.layout else {
        throw node.fault("the tensors that it adds are laid out differently")
      }
      inputs.append(input)
    }
    let count = try elementCount(output, of: node)
    var piece = count
    if plan.split == .groups, case .blocked = output.tensor.layout {
      piece = Int(try output.map(of: node).blockStride)
    }
    if type == .float32 {
      return AddFloat(
        kernels, inputs.map { UnsafePointer($0.floats) }, output.floats, count, piece: max(piece, 1),
        ElementFunction(add.activation, kernels))
    }
    if type == .bfloat16 {
      guard inputs.count == 2 else { throw node.fault("a bfloat16 sum has two inputs") }
      let (low, high) = try clampBounds(add.activation, of: node)
      return AddBFloat16(
        kernels, inputs[0].halves, inputs[1].halves, output.halves, count, piece: max(piece, 1), low, high)
    }
    guard type == .uint8, inputs.count == 2, let a = node.requantization?.outputMultiplier,
      let b = node.requantization?.residualMultiplier
    else { throw node.fault("an int8 sum has two inputs, an output multiplier and a residual multiplier") }
    let result = try output.quantization(of: node)
    let (low, high) = try quantizedBounds(add.activation, result, of: node)
    return AddInt8(
      kernels, (inputs[0].bytes, try inputs[0].quantization(of: node).zero, a),
      (inputs[1].bytes, try inputs[1].quantization(of: node).zero, b), output.bytes, count, piece: max(piece, 1),
      zero: result.zero, low, high)
  }

  /// Input and output of a function of every element, and how many elements there are in memory.
  func pair(
    _ node: Node, _ inputType: ElementType, _ outputType: ElementType
  ) throws(SessionError) -> (Place, Place, Int) {
    guard node.inputs.count == 1 else { throw node.fault("it has one input") }
    let input = try activation(node.inputs[0], inputType, of: node)
    let output = try activation(node.outputs[0], outputType, of: node)
    guard input.tensor.shape == output.tensor.shape, input.tensor.layout == output.tensor.layout else {
      throw node.fault("its input and its output are laid out differently")
    }
    return (input, output, try elementCount(input, of: node))
  }

  /// Elements to compute: those of a vector, or a map with all lanes of its blocks.
  private func elementCount(_ place: Place, of node: Node) throws(SessionError) -> Int {
    if case .blocked = place.tensor.layout { return try place.map(of: node).count }
    return Int(try place.vectorCount(of: node))
  }
}

final class ActivationFloat: Step {
  private let function: ElementFunction
  private let x: UnsafePointer<Float>
  private let y: UnsafeMutablePointer<Float>
  private let count: Int64

  init(_ function: ElementFunction, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) {
    self.function = function
    self.x = x
    self.y = y
    self.count = Int64(count)
    super.init(items: 1)
  }

  override func run(item: Int32) { function.apply(x, y, count) }
}

final class SoftmaxFloat: Step {
  private let kernels: UnsafePointer<hrn_kernels>
  private let x: UnsafePointer<Float>
  private let y: UnsafeMutablePointer<Float>
  private let count: Int64

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    self.kernels = kernels
    self.x = x
    self.y = y
    self.count = Int64(count)
    super.init(items: 1)
  }

  override func run(item: Int32) { kernels.pointee.softmax_f32(x, y, count) }
}

final class Quantizing: Step {
  private let kernels: UnsafePointer<hrn_kernels>
  private let x: UnsafePointer<Float>
  private let y: UnsafeMutablePointer<UInt8>
  private let count: Int64
  private let multiplier: Float
  private let zero: Float

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<UInt8>, _ count: Int,
    _ multiplier: Float, _ zero: Float
  ) {
    self.kernels = kernels
    self.x = x
    self.y = y
    self.count = Int64(count)
    self.multiplier = multiplier
    self.zero = zero
    super.init(items: 1)
  }

  override func run(item: Int32) { kernels.pointee.quantize_u8(x, multiplier, zero, 0, 255, y, count) }
}

final class Dequantizing: Step {
  private let kernels: UnsafePointer<hrn_kernels>
  private let x: UnsafePointer<UInt8>
  private let y: UnsafeMutablePointer<Float>
  private let count: Int64
  private let scale: Float
  private let zero: Float

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ x: UnsafePointer<UInt8>, _ y: UnsafeMutablePointer<Float>, _ count: Int,
    _ scale: Float, _ zero: Float
  ) {
    self.kernels = kernels
    self.x = x
    self.y = y
    self.count = Int64(count)
    self.scale = scale
    self.zero = zero
    super.init(items: 1)
  }

  override func run(item: Int32) { kernels.pointee.dequantize_u8(x, zero, scale, y, count) }
}

/// float32 to bfloat16.
final class Narrowing: Step {
  private let kernels: UnsafePointer<hrn_kernels>
  private let x: UnsafePointer<Float>
  private let y: UnsafeMutablePointer<UInt16>
  private let count: Int64

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<UInt16>, _ count: Int
  ) {
    (self.kernels, self.x, self.y, self.count) = (kernels, x, y, Int64(count))
    super.init(items: 1)
  }

  override func run(item: Int32) { kernels.pointee.bf16_of_f32(x, y, count) }
}

/// bfloat16 to float32.
final class Widening: Step {
  private let kernels: UnsafePointer<hrn_kernels>
  private let x: UnsafePointer<UInt16>
  private let y: UnsafeMutablePointer<Float>
  private let count: Int64

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ x: UnsafePointer<UInt16>, _ y: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    (self.kernels, self.x, self.y, self.count) = (kernels, x, y, Int64(count))
    super.init(items: 1)
  }

  override func run(item: Int32) { kernels.pointee.f32_of_bf16(x, y, count) }
}
