import HRNFormat
import HRNGraph

/// What one int8 node must write, computed plainly over tensors in the order of their shape, as the format's
/// description says it: one IEEE operation after another.
enum IntegerReference {
  /// A tensor's stored numbers; those of a float32 tensor are its values.
  struct Stored {
    var tensor: Tensor
    var numbers: [Float]

    var zero: Float { tensor.quantization?.zeroPoint[0] ?? 0 }
    func at(_ c: Int, _ y: Int, _ x: Int) -> Float { numbers[(c * tensor.shape[2] + y) * tensor.shape[3] + x] }
  }

  /// The stored numbers that a node of the source graph writes.
  static func evaluate(_ node: Node, in graph: Graph, _ inputs: [Stored]) -> [Float] {
    let output = graph.tensors[node.outputs[0]]
    switch node.operation {
    case .convolution(let operation): return convolution(operation, node, graph, inputs, output)
    case .linear(let operation): return linear(operation, node, graph, inputs, output)
    case .pool(let pool): return self.pool(pool, node, inputs[0], output)
    case .add(let add):
      let r = node.requantization!
      let z = output.quantization!.zeroPoint[0]
      return zip(inputs[0].numbers, inputs[1].numbers).map { a, b in
        let sum = (a - inputs[0].zero) * r.outputMultiplier! + (b - inputs[1].zero) * r.residualMultiplier!
        return clamp(sum + z, add.activation == nil ? 0 : z, 255)
      }
    case .slice(let slice):
      let inner = inputs[0].tensor.shape.dropFirst(2).reduce(1, *)
      return Array(inputs[0].numbers[slice.begin * inner..<(slice.begin + slice.count) * inner])
    case .flatten: return inputs[0].numbers
    case .quantize:
      let q = output.quantization!
      return inputs[0].numbers.map { clamp($0 * (1 / q.scale[0]) + q.zeroPoint[0], 0, 255) }
    case .dequantize:
      let q = inputs[0].tensor.quantization!
      return inputs[0].numbers.map { ($0 - q.zeroPoint[0]) * q.scale[0] }
    case .batchNorm, .activation, .softmax, .concat, .treeConstraint, .localResponseNorm:
      preconditionFailure("\(node.name) is not an int8 node")
    }
  }

  private static func clamp(_ x: Float, _ low: Float, _ high: Float) -> Float {
    min(max(x, low), high).rounded(.toNearestOrEven)
  }

  private static func convolution(
    _ convolution: Convolution, _ node: Node, _ graph: Graph, _ inputs: [Stored], _ output: Tensor
  ) -> [Float] {
    let (x, shape) = (inputs[0], graph.tensors[node.parameters[0]].shape)
    guard case .int8(let w) = graph.constants[node.parameters[0]],
      case .int32(let bias) = graph.constants[node.parameters[1]],
      case .float32(let multiplier) = graph.constants[node.parameters[2]]
    else { preconditionFailure("an int8 convolution has weights, a bias and a multiplier") }
    let biasShape = graph.tensors[node.parameters[1]].shape
    let (stride, padding) = (convolution.stride, convolution.padding)
    let (height, width) = (x.tensor.shape[2], x.tensor.shape[3])
    let dilation = convolution.dilation
    let rows = (height + padding.top + padding.bottom - (shape[2] - 1) * dilation.y - 1) / stride.y + 1
    let columns = (width + padding.left + padding.right - (shape[3] - 1) * dilation.x - 1) / stride.x + 1
    let rowClass = IntegerBuilder.classes(
      outputs: rows, extent: height, kernel: shape[2], stride: stride.y, padding: padding.top, dilation: dilation.y)
    let columnClass = IntegerBuilder.classes(
      outputs: columns, extent: width, kernel: shape[3], stride: stride.x, padding: padding.left, dilation: dilation.x)
    let r = node.requantization
    let z = output.quantization!.zeroPoint[0]
    var result: [Float] = []
    for o in 0..<shape[0] {
      var pooled: Int32 = 0
      let first = o / (shape[0] / convolution.groups) * shape[1]
      for oy in 0..<rows {
        for ox in 0..<columns {
          var sum =
            biasShape.count == 1 ? bias[o] : bias[(rowClass[oy] * biasShape[1] + columnClass[ox]) * shape[0] + o]
          for i in 0..<shape[1] {
            for ky in 0..<shape[2] {
              for kx in 0..<shape[3] {
                let (iy, ix) = (
                  oy * stride.y + ky * dilation.y - padding.top, ox * stride.x + kx * dilation.x - padding.left
                )
                guard (0..<height).contains(iy), (0..<width).contains(ix) else { continue }
                sum += Int32(x.at(first + i, iy, ix)) * Int32(w[((o * shape[1] + i) * shape[2] + ky) * shape[3] + kx])
              }
            }
          }
          var t = Float(sum) * multiplier[o]
          if inputs.count == 2 { t += (inputs[1].at(o, oy, ox) - inputs[1].zero) * r!.residualMultiplier! }
          if convolution.globalPool != nil {
            pooled += Int32(clamp(t, 0, r!.poolHigh!))
          } else {
            result.append(clamp(t + z, convolution.activation == nil ? 0 : z, 255))
          }
        }
      }
      if convolution.globalPool != nil { result.append(clamp(Float(pooled) * r!.poolMultiplier! + z, 0, 255)) }
    }
    return result
  }

  private static func linear(
    _ linear: Linear, _ node: Node, _ graph: Graph, _ inputs: [Stored], _ output: Tensor
  ) -> [Float] {
    guard case .int8(let w) = graph.constants[node.parameters[0]],
      case .int32(let bias) = graph.constants[node.parameters[1]],
      case .float32(let multiplier) = graph.constants[node.parameters[2]]
    else { preconditionFailure("an int8 linear has weights, a bias and a multiplier") }
    let x = inputs[0].numbers
    return bias.indices.map { o in
      var sum = bias[o]
      for k in x.indices { sum += Int32(x[k]) * Int32(w[o * x.count + k]) }
      var t = Float(sum) * multiplier[o]
      if inputs.count == 2 { t += inputs[1].numbers[o] }
      if let activation = linear.activation { t = activation(t) }
      guard let q = output.quantization else { return t }
      return clamp(t * node.requantization!.outputMultiplier! + q.zeroPoint[0], 0, 255)
    }
  }

  private static func pool(_ pool: Pool, _ node: Node, _ x: Stored, _ output: Tensor) -> [Float] {
    let (height, width) = (x.tensor.shape[2], x.tensor.shape[3])
    var (kernel, stride, padding) = (Extent2D(y: height, x: width), Extent2D(y: 1, x: 1), Padding(0))
    if case .window(_, let window, let step, let border) = pool { (kernel, stride, padding) = (window, step, border) }
    var result: [Float] = []
    for c in 0..<x.tensor.shape[1] {
      for oy in 0..<output.shape[2] {
        for ox in 0..<output.shape[3] {
          var values: [Float] = []
          for ky in 0..<kernel.y {
            for kx in 0..<kernel.x {
              let (iy, ix) = (oy * stride.y + ky - padding.top, ox * stride.x + kx - padding.left)
              if (0..<height).contains(iy), (0..<width).contains(ix) { values.append(x.at(c, iy, ix)) }
            }
          }
          if pool.kind == .max {
            result.append(values.max() ?? .nan)
            continue
          }
          let sum = values.reduce(0) { $0 + Int32($1) - Int32(x.zero) }
          var multiplier = node.requantization!.poolMultiplier!
          if pool != .global(.average) { multiplier /= Float(values.count) }
          result.append(clamp(Float(sum) * multiplier + output.quantization!.zeroPoint[0], 0, 255))
        }
      }
    }
    return result
  }
}
