import HRNFormat

/// Runs a float graph plainly: the truth that compiled models are measured against.
///
/// Operations are evaluated by their own definitions; only convolutions and linears go another way, as matrix products,
/// so that whole data sets can be run. The result is deterministic for one build and machine with `.plain` products.
package final class ReferenceExecutor {
  /// How matrix products are computed.
  package enum Products: Sendable {
    /// Loops in this file, in one order.
    case plain
    /// OpenBLAS where the build has it, else as `plain`.
    case blas
  }

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
    let rows = shape[1] / convolution.groups
    var y = Value(shape, [Float](repeating: 0, count: shape.reduce(1, *)))
    for n in 0..<shape[0] {
      for group in 0..<convolution.groups {
        window.unfold(x.elements, channel: n * x.shape[1] + group * window.depth, into: &columns)
        multiply(
          weights.elements, from: group * rows * window.taps, columns, rows: rows, depth: window.taps,
          columns: window.positions, into: &y.elements, at: (n * shape[1] + group * rows) * window.positions)
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
    for n in 0..<batch {
      multiply(
        weights.elements, from: 0, Array(x.elements[n * depth..<(n + 1) * depth]), rows: outputs, depth: depth,
        columns: 1, into: &y.elements, at: n * outputs)
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

  private func multiply(
    _ a: [Float], from first: Int, _ b: [Float], rows: Int, depth: Int, columns: Int, into c: inout [Float],
    at target: Int
  ) {
    switch products {
    case .plain, .blas:
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          c.withUnsafeMutableBufferPointer { c in
            plainProduct(
              a: a.baseAddress! + first, b: b.baseAddress!, c: c.baseAddress! + target, rows: rows, depth: depth,
              columns: columns)
          }
        }
      }
    }
  }
}

/// `C[rows, columns] = A[rows, depth] · B[depth, columns]`, all row-major; each sum in ascending order of depth.
private func plainProduct(
  a: UnsafePointer<Float>, b: UnsafePointer<Float>, c: UnsafeMutablePointer<Float>, rows: Int, depth: Int, columns: Int
) {
  for row in 0..<rows {
    let sums = c + row * columns
    for column in 0..<columns { sums[column] = 0 }
    for k in 0..<depth {
      let (factor, terms) = (a[row * depth + k], b + k * columns)
      for column in 0..<columns { sums[column] += factor * terms[column] }
    }
  }
}

/// A convolution as a matrix product: one row per tap, one column per position of the window.
private struct ColumnWindow {
  let convolution: Convolution
  let (height, width): (Int, Int)
  let (outHeight, outWidth): (Int, Int)
  let (kernelHeight, kernelWidth): (Int, Int)
  /// Input channels of a group.
  let depth: Int

  init(_ convolution: Convolution, input: [Int], weights: [Int], output: [Int]) {
    self.convolution = convolution
    (height, width) = (input[2], input[3])
    (outHeight, outWidth) = (output[2], output[3])
    (depth, kernelHeight, kernelWidth) = (weights[1], weights[2], weights[3])
  }

  var positions: Int { outHeight * outWidth }
  var taps: Int { depth * kernelHeight * kernelWidth }

  /// Writes the matrix for the channels from `channel` on; taps outside the image are zeros.
  func unfold(_ x: [Float], channel first: Int, into columns: inout [Float]) {
    columns.removeAll(keepingCapacity: true)
    columns.reserveCapacity(taps * positions)
    for channel in first..<first + depth {
      for ky in 0..<kernelHeight {
        for kx in 0..<kernelWidth {
          for oy in 0..<outHeight {
            let iy = oy * convolution.stride.y + ky * convolution.dilation.y - convolution.padding.top
            let row = (channel * height + iy) * width
            for ox in 0..<outWidth {
              let ix = ox * convolution.stride.x + kx * convolution.dilation.x - convolution.padding.left
              let isInside = iy >= 0 && iy < height && ix >= 0 && ix < width
              columns.append(isInside ? x[row + ix] : 0)
            }
          }
        }
      }
    }
  }
}
