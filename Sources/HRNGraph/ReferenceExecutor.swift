import HRNFormat

/// Runs a float graph plainly: the truth that compiled models are measured against.
///
/// Operations are evaluated by their own definitions; only convolutions and linears go another way, as matrix products,
/// so that whole data sets can be run. An executor serves one caller at a time: it keeps its workspace between runs.
package final class ReferenceExecutor {
  package let graph: Graph
  private let products: Products
  /// The activations whose last reader is the node at each position.
  private let lastReads: [[Int]]
  private let constants: [Int: Value]
  private var columns: [Float] = []

  /// Throws what `verify()` finds.
  package init(_ graph: Graph, products: Products = .blas) throws(GraphError) {
    try graph.verify()
    self.graph = graph
    self.products = products
    var last: [Int: Int] = [:]
    for (position, node) in graph.nodes.enumerated() {
      for tensor in node.inputs + node.outputs { last[tensor] = position }
    }
    var lastReads = [[Int]](repeating: [], count: graph.nodes.count)
    for (tensor, position) in last where !graph.isOutput(tensor) && !graph.isConstant(tensor) {
      lastReads[position].append(tensor)
    }
    self.lastReads = lastReads
    constants = graph.constants.reduce(into: [:]) { values, entry in
      if let floats = entry.value.floats { values[entry.key] = Value(graph.tensors[entry.key].shape, floats) }
    }
  }

  /// The graph's outputs, in their order, for one element array per input of the graph.
  ///
  /// `observe` sees every activation as it is written, by its index: first the inputs, then each node's output.
  package func run(_ inputs: [[Float]], observe: (Int, Value) -> Void = { _, _ in }) -> [[Float]] {
    precondition(inputs.count == graph.inputs.count, "the graph has \(graph.inputs.count) inputs")
    var values: [Int: Value] = [:]
    for (tensor, elements) in zip(graph.inputs, inputs) {
      let value = Value(graph.tensors[tensor].shape, elements)
      observe(tensor, value)
      values[tensor] = value
    }
    for (position, node) in graph.nodes.enumerated() {
      let value = evaluate(node, values)
      observe(node.output, value)
      values[node.output] = value
      for tensor in lastReads[position] { values[tensor] = nil }
    }
    return graph.outputs.map { output in
      guard let value = values[output.tensor] ?? constants[output.tensor] else {
        preconditionFailure("output \(output.name) was not computed")
      }
      return value.elements
    }
  }

  /// Every activation for one element array per input of the graph, by index.
  package func trace(_ inputs: [[Float]]) -> [Int: Value] {
    var values: [Int: Value] = [:]
    _ = run(inputs) { values[$0] = $1 }
    return values
  }

  private func evaluate(_ node: Node, _ values: [Int: Value]) -> Value {
    func value(_ tensor: Int) -> Value {
      guard let value = values[tensor] ?? constants[tensor] else {
        preconditionFailure("node \(node.name) reads tensor \(graph.tensors[tensor].name), which holds no floats")
      }
      return value
    }
    let inputs = node.inputs.map(value)
    let parameters = node.parameters.map(value)
    switch node.operation {
    case .convolution(let convolution): return run(convolution, inputs, parameters)
    case .linear(let linear): return run(linear, inputs, parameters)
    default:
      let quantization = graph.tensors[node.output].quantization ?? graph.tensors[node.inputs[0]].quantization
      return node.operation.definition.evaluate(Operands(inputs, parameters: parameters, quantization: quantization))
    }
  }

  private func run(_ convolution: Convolution, _ inputs: [Value], _ parameters: [Value]) -> Value {
    let (x, weights) = (inputs[0], parameters[0])
    guard let shape = try? convolution.convolvedShape(input: x.shape, weights: weights.shape) else {
      preconditionFailure("a verified graph has a convolution that does not take its shapes")
    }
    let window = ColumnWindow(convolution, input: x.shape, weights: weights.shape, output: shape)
    let (rows, plane) = (shape[1] / convolution.groups, x.plane)
    var y = Value(shape, [Float](repeating: 0, count: shape.reduce(1, *)))
    if !window.isImage, columns.count < window.taps * window.positions {
      columns = [Float](repeating: 0, count: window.taps * window.positions)
    }
    x.elements.withUnsafeBufferPointer { x in
      weights.elements.withUnsafeBufferPointer { weights in
        y.elements.withUnsafeMutableBufferPointer { y in
          columns.withUnsafeMutableBufferPointer { columns in
            for index in 0..<shape[0] * convolution.groups {
              // Images and groups lie one after the other on both sides.
              let image = x.baseAddress! + index * window.depth * plane
              if !window.isImage { window.unfold(image, into: columns.baseAddress!) }
              products.multiply(
                weights.baseAddress! + index % convolution.groups * rows * window.taps,
                window.isImage ? image : UnsafePointer(columns.baseAddress!),
                into: y.baseAddress! + index * rows * window.positions, rows: rows, depth: window.taps,
                columns: window.positions)
            }
          }
        }
      }
    }
    let bias = parameters.count > 1 ? parameters[1].elements : nil
    let residual = inputs.count > 1 ? inputs[1].elements : nil
    finish(&y, bias: bias, addend: residual, activation: convolution.activation)
    return convolution.globalPool.map { Pool.global($0).evaluate(Operands([y])) } ?? y
  }

  private func run(_ linear: Linear, _ inputs: [Value], _ parameters: [Value]) -> Value {
    let (x, weights) = (inputs[0], parameters[0])
    let (batch, outputs, depth) = (x.shape[0], weights.shape[0], weights.shape[1])
    var y = Value([batch, outputs], [Float](repeating: 0, count: batch * outputs))
    x.elements.withUnsafeBufferPointer { x in
      weights.elements.withUnsafeBufferPointer { weights in
        y.elements.withUnsafeMutableBufferPointer { y in
          for n in 0..<batch {
            products.multiply(
              weights.baseAddress!, x.baseAddress! + n * depth, into: y.baseAddress! + n * outputs, rows: outputs,
              depth: depth, columns: 1)
          }
        }
      }
    }
    let bias = parameters.count > 1 ? parameters[1].elements : nil
    finish(&y, bias: bias, addend: inputs.count > 1 ? inputs[1].elements : nil, activation: linear.activation)
    return y
  }

  /// `y = activation(y + bias[channel] + addend)`.
  private func finish(_ y: inout Value, bias: [Float]?, addend: [Float]?, activation: Activation?) {
    let (plane, channels) = (y.plane, y.shape[1])
    for row in 0..<y.shape[0] * channels {
      let shift = bias?[row % channels] ?? 0
      for index in row * plane..<(row + 1) * plane {
        y.elements[index] = activation(y.elements[index] + shift + (addend?[index] ?? 0))
      }
    }
  }
}
