import HRNFormat
import HRNGraph
import HRNTestSupport

/// Builds small int8 graphs with seeded weights, as the compiler's quantization makes them; each call adds a node and
/// returns the tensor that it writes.
struct IntegerBuilder {
  var graph = Graph(name: "int8")
  var random: SeededGenerator

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    graph.precision = .int8
  }

  /// Pixels `[1, channels, size, size]` with a mean that is not whole.
  mutating func image(channels: Int, size: Int) -> Int {
    graph.recipe = squareRecipe(size: size, channels: channels)
    let quantization = Quantization(
      scale: [Float](repeating: 1 / 127.5, count: channels), zeroPoint: [Float](repeating: 127.5, count: channels),
      axis: 1)
    let tensor = graph.addTensor(
      Tensor(name: "image", elementType: .uint8, shape: [1, channels, size, size], quantization: quantization))
    graph.inputs = [tensor]
    return tensor
  }

  private mutating func activation(
    _ name: String, _ shape: [Int], _ type: ElementType = .uint8, scale: Float = 0.05, zero: Float = 0
  ) -> Int {
    graph.addTensor(
      Tensor(
        name: name, elementType: type, shape: shape,
        quantization: type == .uint8 ? Quantization(scale: [scale], zeroPoint: [zero]) : nil))
  }

  private mutating func bytes(_ count: Int) -> [Int8] {
    (0..<count).map { _ in Int8.random(in: -127...127, using: &random) }
  }

  private mutating func append(
    _ name: String, _ operation: Operation, _ inputs: [Int], _ parameters: [Int], _ output: Int, _ r: Requantization?
  ) -> Int {
    graph.nodes.append(
      Node(
        name: name, operation: operation, inputs: inputs, parameters: parameters, outputs: [output], requantization: r))
    return output
  }

  /// Output position classes of one axis, stated plainly: which taps lie inside.
  static func classes(
    outputs: Int, extent: Int, kernel: Int, stride: Int, padding: Int, dilation: Int = 1
  ) -> [Int] {
    var seen: [[Int]] = []
    return (0..<outputs).map { position in
      let taps = (0..<kernel).filter { (0..<extent).contains(position * stride + $0 * dilation - padding) }
      if let known = seen.firstIndex(of: taps) { return known }
      seen.append(taps)
      return seen.count - 1
    }
  }

  mutating func convolution(
    _ x: Int, outputs: Int, kernel: Int = 3, stride: Int = 1, padding: Int? = nil, paddings: Padding? = nil,
    dilation: Int = 1, groups: Int = 1, residual: Int? = nil, relu: Bool = true, pool: Bool = false, zero: Float = 0,
    borderClasses: Bool = false
  ) -> Int {
    let name = "convolution.\(graph.nodes.count)"
    let shape = graph.tensors[x].shape
    let paddings = paddings ?? Padding(padding ?? kernel / 2)
    let count = shape[1] / groups * kernel * kernel
    let weight = weights(name, [outputs, shape[1] / groups, kernel, kernel])
    let pads = [(paddings.top, paddings.bottom), (paddings.left, paddings.right)]
    let size = (0..<2).map { (shape[2 + $0] + pads[$0].0 + pads[$0].1 - (kernel - 1) * dilation - 1) / stride + 1 }
    var biasShape = [outputs]
    if borderClasses {
      biasShape =
        (0..<2).map { axis in
          Set(
            Self.classes(
              outputs: size[axis], extent: shape[2 + axis], kernel: kernel, stride: stride, padding: pads[axis].0,
              dilation: dilation)
          ).count
        } + biasShape
    }
    let bias = graph.addConstant(
      name + ".bias", shape: biasShape,
      .int32((0..<biasShape.reduce(1, *)).map { _ in Int32.random(in: -20000...20000, using: &random) }))
    let spread = 60 / (Float(count).squareRoot() * 75 * 90)
    let multiplier = graph.addConstant(
      name + ".multiplier", shape: [outputs], .float32(random.floats(outputs, in: spread / 2...spread)))
    let output = activation(name, [1, outputs] + (pool ? [1, 1] : size), zero: zero)
    let requantization = Requantization(
      residualMultiplier: residual == nil ? nil : 0.37,
      poolMultiplier: pool ? 1.3 / Float(size[0] * size[1]) : nil, poolHigh: pool ? 900 : nil)
    return append(
      name,
      .convolution(
        Convolution(
          stride: Extent2D(y: stride, x: stride), padding: paddings, dilation: Extent2D(y: dilation, x: dilation),
          groups: groups, activation: relu ? .relu() : nil, globalPool: pool ? .average : nil)),
      [x] + (residual.map { [$0] } ?? []), [weight, bias, multiplier], output, requantization)
  }

  mutating func linear(
    _ x: Int, outputs: Int, addend: Int? = nil, activation function: Activation? = nil, to type: ElementType
  ) -> Int {
    let name = "linear.\(graph.nodes.count)"
    let depth = graph.tensors[x].shape[1]
    let weight = weights(name, [outputs, depth])
    let bias = graph.addConstant(
      name + ".bias", shape: [outputs],
      .int32((0..<outputs).map { _ in Int32.random(in: -9000...9000, using: &random) }))
    let multiplier = graph.addConstant(
      name + ".multiplier", shape: [outputs], .float32(random.floats(outputs, in: 0.00005...0.0001)))
    let output = activation(name, [1, outputs], type, scale: 0.02, zero: 57)
    return append(
      name, .linear(Linear(activation: function)), [x] + (addend.map { [$0] } ?? []), [weight, bias, multiplier],
      output, Requantization(outputMultiplier: type == .uint8 ? 1 / 0.02 : nil))
  }

  /// int8 weights with a scale per output, which the multipliers stand for.
  private mutating func weights(_ name: String, _ shape: [Int]) -> Int {
    let weight = graph.addConstant(name + ".weight", shape: shape, .int8(bytes(shape.reduce(1, *))))
    graph.tensors[weight].quantization = Quantization(
      scale: [Float](repeating: 0.01, count: shape[0]), zeroPoint: [Float](repeating: 0, count: shape[0]), axis: 0)
    return weight
  }

  /// A float32 linear, as the heads are.
  mutating func head(_ x: Int, outputs: Int) -> Int {
    let name = "head.\(graph.nodes.count)"
    let depth = graph.tensors[x].shape[1]
    let weight = graph.addConstant(
      name + ".weight", shape: [outputs, depth], .float32(random.floats(outputs * depth, in: -0.2...0.2)))
    let bias = graph.addConstant(name + ".bias", shape: [outputs], .float32(random.floats(outputs)))
    let output = activation(name, [1, outputs], .float32)
    return append(name, .linear(Linear()), [x], [weight, bias], output, nil)
  }

  /// Averages over windows that reach past the map, or the greatest value of the whole map.
  mutating func pool(_ x: Int, _ pool: Pool) -> Int {
    let (tensor, name) = (graph.tensors[x], "pool.\(graph.nodes.count)")
    guard let shape = try? pool.outputShape(inputs: [tensor.shape], parameters: []) else {
      preconditionFailure("the window fits its map")
    }
    let isMax = pool.kind == .max
    let q = tensor.quantization!
    let output = activation(name, shape, scale: q.scale[0], zero: isMax ? q.zeroPoint[0] : 21)
    return append(name, .pool(pool), [x], [], output, isMax ? nil : Requantization(poolMultiplier: 0.83))
  }

  mutating func maxPool(_ x: Int) -> Int {
    let (shape, q) = (graph.tensors[x].shape, graph.tensors[x].quantization!)
    let size = shape[2...].map { ($0 + 2 - 3) / 2 + 1 }
    let name = "pool.\(graph.nodes.count)"
    let output = activation(name, [1, shape[1]] + size, scale: q.scale[0], zero: q.zeroPoint[0])
    let pool = Pool.window(.max, kernel: Extent2D(y: 3, x: 3), stride: Extent2D(y: 2, x: 2), padding: Padding(1))
    return append(name, .pool(pool), [x], [], output, nil)
  }

  mutating func averagePool(_ x: Int) -> Int {
    let shape = graph.tensors[x].shape
    let name = "average.\(graph.nodes.count)"
    let output = activation(name, [1, shape[1], 1, 1], zero: 3)
    let r = Requantization(poolMultiplier: 1.7 / Float(shape[2] * shape[3]))
    return append(name, .pool(.global(.average)), [x], [], output, r)
  }

  mutating func flatten(_ x: Int) -> Int {
    let tensor = graph.tensors[x]
    let output = activation(
      "flat.\(graph.nodes.count)", [1, tensor.shape[1]], scale: tensor.quantization!.scale[0],
      zero: tensor.quantization!.zeroPoint[0])
    return append("flat.\(graph.nodes.count)", .flatten(Flatten()), [x], [], output, nil)
  }

  mutating func slice(_ x: Int, _ begin: Int, _ count: Int) -> Int {
    let tensor = graph.tensors[x]
    let name = "slice.\(graph.nodes.count)"
    let output = activation(
      name, [1, count] + tensor.shape[2...], scale: tensor.quantization!.scale[0],
      zero: tensor.quantization!.zeroPoint[0])
    return append(name, .slice(Slice(begin: begin, count: count)), [x], [], output, nil)
  }

  mutating func add(_ a: Int, _ b: Int, relu: Bool) -> Int {
    let name = "add.\(graph.nodes.count)"
    let output = activation(name, graph.tensors[a].shape, zero: 11)
    return append(
      name, .add(Add(activation: relu ? .relu() : nil)), [a, b], [], output,
      Requantization(residualMultiplier: 0.71, outputMultiplier: 0.43))
  }

  /// A function of floats: an activation, a softmax, a quantization or its reverse.
  mutating func elementwise(_ x: Int, _ operation: Operation, to type: ElementType = .float32) -> Int {
    let name = "element.\(graph.nodes.count)"
    let output = activation(name, graph.tensors[x].shape, type, scale: 0.03, zero: 100)
    return append(name, operation, [x], [], output, nil)
  }

  mutating func output(_ tensor: Int) {
    graph.outputs.append(Output(name: graph.tensors[tensor].name, tensor: tensor, kind: .feature))
  }
}

/// A graph that has every kind of int8 node, at sizes that leave groups, blocks and vectors half full.
func everyInt8Node(seed: UInt64, size: Int = 15, width: Int = 48) -> Graph {
  var b = IntegerBuilder(seed: seed)
  let image = b.image(channels: 3, size: size)
  var x = b.convolution(image, outputs: width, kernel: 7, stride: 2, padding: 3, borderClasses: true)
  x = b.maxPool(x)
  let a = b.convolution(x, outputs: width, relu: false, zero: 128)
  let c = b.convolution(a, outputs: width, residual: x, borderClasses: true)
  let wide = b.convolution(c, outputs: 160, kernel: 1)
  let (left, right) = (b.slice(wide, 0, 96), b.slice(wide, 96, 64))
  let pooled = b.flatten(b.convolution(left, outputs: 70, pool: true))
  let averaged = b.flatten(b.averagePool(b.add(c, a, relu: true)))
  let narrow = b.flatten(
    b.averagePool(
      b.add(b.convolution(right, outputs: 20, stride: 2), b.convolution(right, outputs: 20, stride: 2), relu: false)))
  let hidden = b.linear(pooled, outputs: 67, activation: .elu(), to: .uint8)
  let first = b.linear(hidden, outputs: 30, to: .float32)
  let second = b.linear(averaged, outputs: 30, addend: first, to: .float32)
  let third = b.linear(narrow, outputs: 30, addend: second, activation: .relu(), to: .float32)
  let active = b.elementwise(second, .activation(.relu()))
  let coarse = b.elementwise(b.head(active, outputs: 5), .activation(.sigmoid))
  let fine = b.elementwise(b.head(third, outputs: 130), .softmax(Softmax()))
  let again = b.elementwise(b.elementwise(second, .quantize(Quantize()), to: .uint8), .dequantize(Dequantize()))
  for tensor in [coarse, fine, again, third] { b.output(tensor) }
  return b.graph
}

/// A graph that has every kind of int8 convolution and pool: a picture padded unevenly and read twice, groups of every
/// width, depthwise windows, dilation, averages over windows.
func everyInt8Convolution(seed: UInt64, size: Int = 20, width: Int = 48) -> Graph {
  var b = IntegerBuilder(seed: seed)
  let image = b.image(channels: 3, size: size)
  let after = Padding(top: 0, left: 0, bottom: 1, right: 1)
  let stem = b.convolution(image, outputs: width, stride: 2, paddings: after, borderClasses: true)
  let other = b.convolution(image, outputs: 6, kernel: 3, padding: 2, dilation: 2, groups: 3, borderClasses: true)
  var x = b.convolution(stem, outputs: width, groups: width, relu: false, zero: 128, borderClasses: true)
  x = b.convolution(x, outputs: width, kernel: 5, groups: width, residual: stem, borderClasses: true)
  let strided = b.convolution(
    x, outputs: width, kernel: 5, stride: 2, paddings: Padding(top: 1, left: 2, bottom: 2, right: 1), groups: width,
    borderClasses: true)
  let dilated = b.convolution(x, outputs: 2 * width, padding: 3, dilation: 3, groups: 4, borderClasses: true)
  let atrous = b.convolution(x, outputs: 20, padding: 2, dilation: 2)
  let apart = b.convolution(x, outputs: width, padding: 2, dilation: 2, groups: width, pool: true)
  let multiplied = b.convolution(strided, outputs: 3 * width, kernel: 3, groups: width)
  let window = Pool.window(
    .average, kernel: Extent2D(y: 3, x: 2), stride: Extent2D(y: 2, x: 1),
    padding: Padding(top: 1, left: 1, bottom: 1, right: 0))
  let maps = [other, strided, dilated, atrous, multiplied, b.pool(dilated, window)]
  for map in maps { b.output(b.elementwise(b.flatten(b.pool(map, .global(.max))), .dequantize(Dequantize()))) }
  for map in maps { b.output(b.elementwise(b.flatten(b.averagePool(map)), .dequantize(Dequantize()))) }
  b.output(b.elementwise(b.flatten(apart), .dequantize(Dequantize())))
  return b.graph
}
