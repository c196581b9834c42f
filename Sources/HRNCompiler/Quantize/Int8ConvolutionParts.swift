import HRNFormat
import HRNGraph

/// What the node of an int8 convolution says, whatever computes it.
struct Int8ConvolutionParts {
  let window: PatchSums.Window
  /// `[O, C / groups, ky, kx]`, and the weights in that order.
  let shape: [Int]
  let weights: [Int8]
  /// `[class][O]`.
  let bias: [Int32]
  /// By output row and column; one class where they have one bias.
  let rowClass: [Int]
  let columnClass: [Int]
  let columnClasses: Int
  let multiplier: [Float]
  let (low, high): (Float, Float)
  let outputZero: Float
  let residual: (zero: Float, multiplier: Float)?
  let pool: Int8Pool?

  init(_ node: Node, _ convolution: Convolution, in graph: Graph) {
    shape = graph.tensors[node.parameters[0]].shape
    guard case .int8(let weights) = graph.constants[node.parameters[0]],
      case .int32(let bias) = graph.constants[node.parameters[1]],
      case .float32(let multiplier) = graph.constants[node.parameters[2]], let requantization = node.requantization
    else { preconditionFailure("an int8 convolution has weights, biases, multipliers and a requantization") }
    window = QuantizeInt8.window(convolution, input: graph.tensors[node.inputs[0]].shape, weights: shape)
    self.weights = weights
    self.bias = bias
    self.multiplier = multiplier
    let hasClasses = graph.tensors[node.parameters[1]].shape.count == 3
    let classes = BorderClasses(window)
    rowClass = hasClasses ? classes.rowClass : [Int](repeating: 0, count: window.output.y)
    columnClass = hasClasses ? classes.columnClass : [Int](repeating: 0, count: window.output.x)
    columnClasses = hasClasses ? classes.columns.count : 1
    let output = graph.tensors[node.outputs[0]].quantization!
    outputZero = output.zeroPoint[0]
    (low, high) = output.clamp(convolution.activation)
    residual = node.inputs.dropFirst().first.map { tensor in
      (graph.tensors[tensor].quantization!.zeroPoint[0], requantization.residualMultiplier!)
    }
    pool = convolution.globalPool.map { _ in Int8Pool(requantization, outputZero: output.zeroPoint[0]) }
  }

  var outputs: Int { shape[0] }
}

/// What the node of a convolution by Winograd in 8 bits says, whatever computes it.
struct Winograd8Parts {
  let window: PatchSums.Window
  let input: Winograd8Input
  let inputZero: UInt8
  /// `[O, C, 4, 4]`.
  let weights: [Int8]
  /// `[position][O]`.
  let bias: [Int32]
  let multiplier: [Float]
  let addend: [Float]
  let pool: Int8Pool

  init(_ node: Node, _ convolution: Convolution, _ input: Winograd8Input, in graph: Graph) {
    guard case .int32(let bias) = graph.constants[node.parameters[1]],
      case .float32(let multiplier) = graph.constants[node.parameters[2]],
      case .float32(let addend) = graph.constants[node.parameters[3]],
      case .int8(let weights) = graph.constants[node.parameters[4]], let requantization = node.requantization
    else { preconditionFailure("Winograd in 8 bits has weights, biases and multipliers for its positions") }
    let read = graph.tensors[node.inputs[0]], written = graph.tensors[node.outputs[0]]
    window = QuantizeInt8.window(
      convolution, input: read.shape, weights: graph.tensors[node.parameters[0]].shape)
    self.input = input
    inputZero = UInt8(read.quantization!.zeroPoint[0])
    self.weights = weights
    self.bias = bias
    self.multiplier = multiplier
    self.addend = addend
    pool = Int8Pool(requantization, outputZero: written.quantization!.zeroPoint[0])
  }

  var outputs: Int { addend.count }
}

/// What a pooled convolution does with its values: clamped to `[0, high]` and rounded they are summed over the map, and
/// the sum becomes `float(sum) · multiplier + zero`, clamped and rounded.
struct Int8Pool {
  let high: Float
  private let multiplier: Float
  private let zero: Float

  init(_ requantization: Requantization, outputZero: Float) {
    (high, multiplier, zero) = (requantization.poolHigh!, requantization.poolMultiplier!, outputZero)
  }

  func average(_ sums: some Sequence<Int32>) -> Int8Reference.Value {
    .uint8(sums.map { UInt8(roundClamped(Float($0) * multiplier + zero, 0, 255)) })
  }
}
