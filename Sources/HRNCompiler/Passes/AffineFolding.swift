import HRNFormat
import HRNGraph

/// `y = scale · x + shift`, a pair of numbers per channel: what a batch norm is once training is over.
struct Affine {
  let scale: [Double]
  let shift: [Double]

  /// The transform of a batch norm; nil when it also applies an activation, or when a variance makes it meaningless, so
  /// that nothing is folded.
  init?(_ node: Node, in graph: Graph) {
    guard case .batchNorm(let norm) = node.operation, norm.activation == nil else { return nil }
    let parameters = node.parameters.compactMap { graph.floats(of: $0) }
    guard parameters.count == 4 else { return nil }
    (scale, shift) = norm.affine(parameters)
    guard scale.allSatisfy(\.isFinite), shift.allSatisfy(\.isFinite) else { return nil }
  }

  /// Weights and bias of a layer whose output the transform is applied to: `W′[o] = scale[o] · W[o]`,
  /// `b′[o] = scale[o] · b[o] + shift[o]`. Weights have one row per output channel.
  func after(weights: [Float], bias: [Float]?) -> (weights: [Float], bias: [Float]) {
    let row = weights.count / scale.count
    let scaled = weights.indices.map { Float(Double(weights[$0]) * scale[$0 / row]) }
    let shifted = scale.indices.map { Float(scale[$0] * Double(bias?[$0] ?? 0) + shift[$0]) }
    return (scaled, shifted)
  }

  /// Weights and bias of a layer whose input the transform is applied to: `W′[o, i] = scale[i] · W[o, i]`,
  /// `b′[o] = b[o] + Σ shift[i] · W[o, i]`, i over the inputs that output `o` sees, with all their taps.
  ///
  /// - Parameters:
  ///   - shape: of the weights, `[O, I]` or `[O, I/groups, kh, kw]`.
  func before(
    weights: [Float], shape: [Int], bias: [Float]?, groups: Int = 1
  ) -> (weights: [Float], bias: [Float]) {
    let (outputs, depth, taps) = (shape[0], shape[1], shape.dropFirst(2).reduce(1, *))
    var (scaled, shifted): ([Float], [Float]) = ([], [])
    scaled.reserveCapacity(weights.count)
    for output in 0..<outputs {
      let firstInput = output / (outputs / groups) * depth
      var sum = Double(bias?[output] ?? 0)
      for index in 0..<depth * taps {
        let weight = Double(weights[output * depth * taps + index])
        let input = firstInput + index / taps
        scaled.append(Float(weight * scale[input]))
        sum += weight * shift[input]
      }
      shifted.append(Float(sum))
    }
    return (scaled, shifted)
  }
}

extension Patch {
  /// Adds weights and bias for a node that takes the place of `node`, under the names that it had for them.
  mutating func addParameters(
    of node: Node, in graph: Graph, weights: [Float], bias: [Float]
  ) -> [Int] {
    let old = graph.tensors[node.parameters[0]]
    let biasName = node.parameters.count > 1 ? graph.tensors[node.parameters[1]].name : node.name + ".bias"
    return [
      addConstant(old.name, shape: old.shape, .float32(weights)),
      addConstant(biasName, shape: [old.shape[0]], .float32(bias)),
    ]
  }
}

extension Node {
  /// Whether the node is a convolution that does nothing but convolve: no activation, residual or pool.
  var plainConvolution: Convolution? {
    guard case .convolution(let convolution) = operation, inputs.count == 1, convolution.activation == nil,
      convolution.globalPool == nil
    else { return nil }
    return convolution
  }

  /// Whether the node is a linear that does nothing but multiply: no activation, no addend.
  var isPlainLinear: Bool {
    if case .linear(let linear) = operation { inputs.count == 1 && linear.activation == nil } else { false }
  }

  /// Weights and bias of a float convolution or linear.
  func weightsAndBias(in graph: Graph) -> (weights: [Float], bias: [Float]?)? {
    guard parameters.count <= 2, let weights = graph.floats(of: parameters[0]) else { return nil }
    guard parameters.count == 2 else { return (weights, nil) }
    return graph.floats(of: parameters[1]).map { (weights, $0) }
  }
}
