import HRNFormat
import HRNGraph

/// The nodes of a graph in ONNX's operators, and the constants that they read.
struct ONNXNodes {
  /// A constant of the file.
  struct Constant {
    enum Elements {
      case floats([Float])
      case integers([Int64])
    }

    var name: String
    var shape: [Int]
    var elements: Elements

    var byteCount: Int {
      switch elements {
      case .floats(let values): values.count * 4
      case .integers(let values): values.count * 8
      }
    }
  }

  /// An attribute's value.
  enum Attribute {
    case integer(Int)
    case float(Float)
    case integers([Int])
  }

  private let graph: Graph
  private var writer = WireWriter()
  private(set) var constants: [Constant] = []
  /// By tensor.
  private var names: [Int: String] = [:]
  private var taken: Set<String>

  /// The nodes so far, as fields of the graph's message.
  var bytes: [UInt8] { writer.bytes }

  init(_ graph: Graph) {
    self.graph = graph
    taken = Set(graph.outputs.map(\.name))
    // A result carries its output's name from the node that writes it on.
    for output in graph.outputs where names[output.tensor] == nil && graph.producer(of: output.tensor) != nil {
      names[output.tensor] = output.name
    }
    for (index, tensor) in graph.tensors.enumerated() where names[index] == nil {
      names[index] = unique(tensor.name)
    }
  }

  func name(of tensor: Int) -> String { names[tensor] ?? "" }

  private mutating func unique(_ wish: String) -> String {
    var (name, number) = (wish, 2)
    while !taken.insert(name).inserted {
      name = "\(wish).\(number)"
      number += 1
    }
    return name
  }

  // MARK: Nodes

  /// Appends what a node computes; what is fused into it becomes operators of their own.
  mutating func append(_ node: Node) throws(ONNXExportError) {
    let inputs = node.inputs.map { read($0) }
    switch node.operation {
    case .convolution(let convolution): append(convolution, node, inputs)
    case .linear(let linear):
      let steps: [Step] = (inputs.count > 1 ? [.add(inputs[1])] : []) + (linear.activation.map { [.apply($0)] } ?? [])
      chain(node, steps) { nodes, output in
        nodes.operation(
          "Gemm", node.name, [inputs[0]] + nodes.parameters(of: node), output, [("transB", .integer(1))])
      }
    case .batchNorm(let norm) where node.parameters.count == 4:
      chain(node, norm.activation.map { [.apply($0)] } ?? []) { nodes, output in
        nodes.operation(
          "BatchNormalization", node.name, [inputs[0]] + nodes.parameters(of: node), output,
          [("epsilon", .float(norm.epsilon))])
      }
    case .activation(let activation): append(activation, node.name, inputs[0], name(of: node.output))
    case .pool(let pool): append(pool, node.name, inputs[0], name(of: node.output))
    case .add(let add):
      let steps = inputs.dropFirst(2).map { Step.add($0) } + (add.activation.map { [.apply($0)] } ?? [])
      chain(node, steps) { nodes, output in nodes.operation("Add", node.name, Array(inputs.prefix(2)), output) }
    case .slice(let slice):
      let bounds = [slice.begin, slice.begin + slice.count, 1].enumerated().map { index, value in
        constant("\(node.name).\(["starts", "ends", "axes"][index])", [Int64(value)])
      }
      operation("Slice", node.name, inputs + bounds, name(of: node.output))
    case .softmax: operation("Softmax", node.name, inputs, name(of: node.output), [("axis", .integer(1))])
    case .flatten: operation("Flatten", node.name, inputs, name(of: node.output), [("axis", .integer(1))])
    case .concat: operation("Concat", node.name, inputs, name(of: node.output), [("axis", .integer(1))])
    case .treeConstraint(let constraint): append(constraint, node, inputs[0])
    case .localResponseNorm(let norm):
      operation(
        "LRN", node.name, inputs, name(of: node.output),
        [
          ("alpha", .float(norm.alpha)), ("beta", .float(norm.beta)), ("bias", .float(norm.bias)),
          ("size", .integer(norm.size)),
        ])
    case .batchNorm, .quantize, .dequantize: throw .operation(node: node.name, name: node.operation.name)
    }
  }

  /// Gives a result its name where the tensor goes by another.
  mutating func appendResult(_ output: Output) {
    guard name(of: output.tensor) != output.name else { return }
    operation("Identity", output.name, [read(output.tensor)], output.name)
  }

  private mutating func append(_ convolution: Convolution, _ node: Node, _ inputs: [String]) {
    let window = graph.shape(of: node.parameters[0]).suffix(2)
    var steps: [Step] = inputs.count > 1 ? [.add(inputs[1])] : []
    if let activation = convolution.activation { steps.append(.apply(activation)) }
    if let pool = convolution.globalPool { steps.append(.pool(pool)) }
    chain(node, steps) { nodes, output in
      nodes.operation(
        "Conv", node.name, [inputs[0]] + nodes.parameters(of: node), output,
        Self.attributes(kernel: Array(window), convolution.stride, convolution.padding) + [
          ("dilations", .integers([convolution.dilation.y, convolution.dilation.x])),
          ("group", .integer(convolution.groups)),
        ])
    }
  }

  private static func attributes(
    kernel: [Int], _ stride: Extent2D, _ padding: Padding
  ) -> [(String, Attribute)] {
    [
      ("kernel_shape", .integers(kernel)), ("strides", .integers([stride.y, stride.x])),
      ("pads", .integers([padding.top, padding.left, padding.bottom, padding.right])),
    ]
  }

  private mutating func append(_ pool: Pool, _ name: String, _ input: String, _ output: String) {
    switch pool {
    case .global(let kind):
      operation(kind == .max ? "GlobalMaxPool" : "GlobalAveragePool", name, [input], output)
    case .window(let kind, let kernel, let stride, let padding):
      operation(
        kind == .max ? "MaxPool" : "AveragePool", name, [input], output,
        Self.attributes(kernel: [kernel.y, kernel.x], stride, padding))
    }
  }

  private mutating func append(_ activation: Activation, _ name: String, _ input: String, _ output: String) {
    switch activation {
    case .relu(nil): operation("Relu", name, [input], output)
    case .relu(let high?): clip(name, input, output, low: 0, high: high)
    case .clip(let low, let high): clip(name, input, output, low: low, high: high)
    case .elu(let alpha): operation("Elu", name, [input], output, [("alpha", .float(alpha))])
    case .sigmoid: operation("Sigmoid", name, [input], output)
    case .tanh: operation("Tanh", name, [input], output)
    case .hardSigmoid(let alpha, let beta):
      operation("HardSigmoid", name, [input], output, [("alpha", .float(alpha)), ("beta", .float(beta))])
    case .hardSwish: operation("HardSwish", name, [input], output)
    case .leakyRelu(let alpha): operation("LeakyRelu", name, [input], output, [("alpha", .float(alpha))])
    }
  }

  private mutating func clip(_ name: String, _ input: String, _ output: String, low: Float, high: Float) {
    let bounds = [constant(name + ".min", shape: [], [low]), constant(name + ".max", shape: [], [high])]
    operation("Clip", name, [input] + bounds, output)
  }

  /// Of each node the largest score at or below it, or the smallest at or above it: scores plus a matrix that lets
  /// through those and moves the others out of the way.
  private mutating func append(_ constraint: TreeConstraint, _ node: Node, _ input: String) {
    let (count, isMax) = (constraint.parents.count, constraint.kind == .max)
    var gate = [Float](repeating: isMax ? -.infinity : .infinity, count: count * count)
    for start in 0..<count {
      var above: Int? = start
      while let index = above {
        gate[isMax ? index * count + start : start * count + index] = 0
        above = constraint.parents[index]
      }
    }
    let gated = unique(node.name + ".gated")
    operation("Add", gated, [input, constant(node.name + ".gate", shape: [1, count, count], gate)], gated)
    operation(
      isMax ? "ReduceMax" : "ReduceMin", node.name, [gated], name(of: node.output),
      [("axes", .integers([2])), ("keepdims", .integer(0))])
  }

  // MARK: What is fused

  private enum Step {
    case add(String)
    case apply(Activation)
    case pool(PoolKind)
  }

  /// Writes an operator and the steps behind it, so that the last of them writes the node's output.
  private mutating func chain(
    _ node: Node, _ steps: [Step], first: (inout ONNXNodes, _ output: String) -> Void
  ) {
    var value = steps.isEmpty ? name(of: node.output) : unique(node.name + ".sum")
    first(&self, value)
    for (index, step) in steps.enumerated() {
      let isLast = index == steps.count - 1
      let output = isLast ? name(of: node.output) : unique("\(node.name).step\(index + 1)")
      let title = isLast ? output : "\(node.name).step\(index + 1)"
      switch step {
      case .add(let addend): operation("Add", title, [value, addend], output)
      case .apply(let activation): append(activation, title, value, output)
      case .pool(let kind): append(.global(kind), title, value, output)
      }
      value = output
    }
  }

  // MARK: Parts

  private mutating func parameters(of node: Node) -> [String] { node.parameters.map { read($0) } }

  /// A tensor by its name. What is constant becomes a constant of the file, once.
  private mutating func read(_ tensor: Int) -> String {
    let name = name(of: tensor)
    if let floats = graph.constants[tensor]?.floats, made.insert(tensor).inserted {
      constants.append(Constant(name: name, shape: graph.shape(of: tensor), elements: .floats(floats)))
    }
    return name
  }

  private var made: Set<Int> = []

  private mutating func constant(_ wish: String, shape: [Int], _ floats: [Float]) -> String {
    let name = unique(wish)
    constants.append(Constant(name: name, shape: shape, elements: .floats(floats)))
    return name
  }

  private mutating func constant(_ wish: String, _ integers: [Int64]) -> String {
    let name = unique(wish)
    constants.append(Constant(name: name, shape: [integers.count], elements: .integers(integers)))
    return name
  }

  private mutating func operation(
    _ type: String, _ name: String, _ inputs: [String], _ output: String, _ attributes: [(String, Attribute)] = []
  ) {
    writer.message(1) { node in
      for input in inputs { node.text(1, input) }
      node.text(2, output)
      node.text(3, name)
      node.text(4, type)
      for (name, value) in attributes { node.message(5) { $0.attribute(name, value) } }
    }
  }
}

extension WireWriter {
  /// The fields of an attribute; the last one says its type.
  fileprivate mutating func attribute(_ name: String, _ value: ONNXNodes.Attribute) {
    text(1, name)
    switch value {
    case .float(let number):
      float(2, number)
      integer(20, 1)
    case .integer(let number):
      integer(3, number)
      integer(20, 2)
    case .integers(let numbers):
      for number in numbers { integer(8, number) }
      integer(20, 7)
    }
  }
}
