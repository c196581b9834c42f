/// `y = pool(activation(conv(x, W) + b + residual))`.
///
/// - Inputs: `x [N, I, H, W]`, and optionally a residual of the output's shape before pooling.
/// - Parameters: `W [O, I/groups, kh, kw]` and optionally `b [O]`; an int8 node has `W` (int8), `b` (int32, `[O]` or
///   one row per border class, `[R, K, O]`) and the multiplier `[O]` (float32). Computed by Winograd in 8 bits it has `W`
///   as its packing says, and for each of 16 positions `b [16, O]` and the multiplier `[16, O]`, then the float bias
///   `[O]`; before it is packed also the transformed weights `[O, I, 4, 4]` (int8), and `W` as it would be without.
/// - Output: `[N, O, OH, OW]`, or `[N, O, 1, 1]` with a fused global average pool.
package struct Convolution: Equatable, Sendable {
  package var stride: Extent2D
  package var padding: Padding
  package var dilation: Extent2D
  package var groups: Int
  package var activation: Activation?
  /// A global pool of the result; only `.average`.
  package var globalPool: PoolKind?

  package init(
    stride: Extent2D = Extent2D(y: 1, x: 1), padding: Padding = Padding(0), dilation: Extent2D = Extent2D(y: 1, x: 1),
    groups: Int = 1, activation: Activation? = nil, globalPool: PoolKind? = nil
  ) {
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.activation = activation
    self.globalPool = globalPool
  }

  /// The shape of the result, `[N, O, OH, OW]` or `[N, O, 1, 1]`; throws what does not fit.
  package func outputShape(inputs: [[Int]], parameters: [[Int]]) throws(ShapeError) -> [Int] {
    let isTransformed = parameters.count == 4 || parameters.count == 5
    try expectCounts(inputs: inputs, 1...2, parameters: isTransformed ? [parameters[0]] : parameters, 1...3)
    let convolved = try convolvedShape(input: inputs[0], weights: parameters[0])
    let channels = convolved[1]
    if isTransformed { return try winograd8Shape(convolved, inputs: inputs, parameters: parameters) }
    if parameters.count > 1 {
      let bias = parameters[1]
      guard bias == [channels] || (bias.count == 3 && bias[2] == channels) else {
        throw .shape(.parameter(1), found: bias, expected: "[\(channels)], or [R, K, \(channels)] for border classes")
      }
    }
    if parameters.count > 2 { try expectShape(.parameter(2), parameters[2], [channels]) }
    if inputs.count > 1 { try expectShape(.input(1), inputs[1], convolved) }
    return globalPool == nil ? convolved : [convolved[0], channels, 1, 1]
  }

  private func winograd8Shape(
    _ convolved: [Int], inputs: [[Int]], parameters: [[Int]]
  ) throws(ShapeError) -> [Int] {
    let channels = convolved[1]
    try expectShape(.parameter(1), parameters[1], [Winograd8Input.positions, channels])
    try expectShape(.parameter(2), parameters[2], [Winograd8Input.positions, channels])
    try expectShape(.parameter(3), parameters[3], [channels])
    if parameters.count > 4 { try expectShape(.parameter(4), parameters[4], [channels, parameters[0][1], 4, 4]) }
    guard inputs.count == 1 else {
      throw .shape(.input(1), found: inputs[1], expected: "no residual by Winograd in 8 bits")
    }
    return globalPool == nil ? convolved : [convolved[0], channels, 1, 1]
  }

  /// Whether each output channel of weights `[O, 1, kh, kw]` reads the input channel of its number and no other.
  package func isDepthwise(weights: [Int]) -> Bool { groups > 1 && weights[0] == groups && weights[1] == 1 }

  /// Whether Winograd's F(4,3) computes it, with weights `[O, I, kh, kw]`, of maps in blocks of channels.
  package func allowsWinograd(weights: [Int]) -> Bool {
    weights.dropFirst(2).elementsEqual([3, 3]) && groups == 1 && stride == Extent2D(y: 1, x: 1)
      && dilation == Extent2D(y: 1, x: 1)
  }

  /// Whether Winograd in 8 bits computes it: as the exact one would, a pooled map and nothing added to it.
  package func allowsWinograd8(weights: [Int], hasResidual: Bool) -> Bool {
    allowsWinograd(weights: weights) && globalPool == .average && activation == .relu(high: nil) && !hasResidual
  }

  /// Positions of the input that a window of `kernel` taps spans.
  package func extent(of kernel: Extent2D) -> Extent2D {
    Extent2D(y: (kernel.y - 1) * dilation.y + 1, x: (kernel.x - 1) * dilation.x + 1)
  }

  /// The shape before a fused pool: `[N, O, OH, OW]`.
  package func convolvedShape(input: [Int], weights: [Int]) throws(ShapeError) -> [Int] {
    guard input.count == 4 else { throw .shape(.input(0), found: input, expected: "[N, C, H, W]") }
    guard weights.count == 4 else { throw .shape(.parameter(0), found: weights, expected: "[O, I, kh, kw]") }
    guard groups > 0, input[1] % groups == 0, weights[0] % groups == 0 else {
      throw .attribute(
        "groups", found: groups, expected: "a divisor of \(input[1]) input and \(weights[0]) output channels")
    }
    guard weights[1] == input[1] / groups else {
      throw .shape(
        .parameter(0), found: weights, expected: "[\(weights[0]), \(input[1] / groups), kh, kw] for its input")
    }
    let window = SlidingWindow(
      kernel: Extent2D(y: weights[2], x: weights[3]), stride: stride, padding: padding, dilation: dilation)
    let positions = try window.positions(height: input[2], width: input[3])
    return [input[0], weights[0], positions.y, positions.x]
  }
}
