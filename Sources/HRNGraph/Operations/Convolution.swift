import HRNFormat

extension Convolution: OpDefinition {
  package static let summary = """
    Slides a window over an image: y = pool(activation(conv(x, W) + b + residual)). Inputs: x [N, I, H, W] and, where \
    a residual sum is fused, the tensor that is added. Parameters: W [O, I/groups, kh, kw] and b [O]. Taps outside the \
    image count as zero. With a fused global average pool the result is [N, O, 1, 1].
    """

  package static let examples = [
    OpExample(
      "a 2x2 window over a 3x3 image", .convolution(Convolution()),
      Operands(
        [Value([1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9])], parameters: [Value([1, 1, 2, 2], [1, 0, 0, 10])]),
      gives: Value([1, 1, 2, 2], [51, 62, 84, 95])),
    OpExample(
      "stride 2 with padding, bias and ReLU",
      .convolution(Convolution(stride: Extent2D(y: 2, x: 2), padding: Padding(1), activation: .relu())),
      Operands(
        [Value([1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9])],
        parameters: [Value([1, 1, 3, 3], [1, 1, 1, 1, 1, 1, 1, 1, 1]), Value([1], [-20])]),
      gives: Value([1, 1, 2, 2], [0, 0, 4, 8])),
    OpExample(
      "a 1x1 window with a residual", .convolution(Convolution()),
      Operands(
        [Value([1, 2, 1, 2], [1, 2, 3, 4]), Value([1, 1, 1, 2], [100, 200])],
        parameters: [Value([1, 2, 1, 1], [1, 10]), Value([1], [0.5])]),
      gives: Value([1, 1, 1, 2], [131.5, 242.5])),
    OpExample(
      "a fused global average pool, after the ReLU",
      .convolution(Convolution(activation: .relu(), globalPool: .average)),
      Operands([Value([1, 1, 1, 4], [-4, 1, 2, 5])], parameters: [Value([1, 1, 1, 1], [1])]),
      gives: Value([1, 1, 1, 1], [2])),
    OpExample(
      "two groups, each with its own input channel", .convolution(Convolution(groups: 2)),
      Operands([Value([1, 2, 1, 1], [3, 5])], parameters: [Value([2, 1, 1, 1], [10, 100])]),
      gives: Value([1, 2, 1, 1], [30, 500])),
  ]

  package func evaluate(_ operands: Operands) -> Value {
    let (x, weights) = (operands.inputs[0], operands.parameters[0])
    let bias = operands.parameters.count > 1 ? operands.parameters[1].elements : nil
    let (batch, height, width) = (x.shape[0], x.shape[2], x.shape[3])
    let (outputs, depth, kernel) = (weights.shape[0], weights.shape[1], (y: weights.shape[2], x: weights.shape[3]))
    guard let shape = try? convolvedShape(input: x.shape, weights: weights.shape) else {
      preconditionFailure("a convolution was evaluated on shapes it does not take")
    }
    var y = Value(shape, [Float](repeating: 0, count: shape.reduce(1, *)))
    var position = 0
    for n in 0..<batch {
      for o in 0..<outputs {
        let firstChannel = o / (outputs / groups) * depth
        for oy in 0..<shape[2] {
          for ox in 0..<shape[3] {
            var sum = Double(bias?[o] ?? 0)
            for i in 0..<depth {
              for ky in 0..<kernel.y {
                for kx in 0..<kernel.x {
                  let iy = oy * stride.y + ky * dilation.y - padding.top
                  let ix = ox * stride.x + kx * dilation.x - padding.left
                  guard 0..<height ~= iy, 0..<width ~= ix else { continue }
                  let pixel = x.elements[((n * x.shape[1] + firstChannel + i) * height + iy) * width + ix]
                  let weight = weights.elements[((o * depth + i) * kernel.y + ky) * kernel.x + kx]
                  sum += Double(pixel) * Double(weight)
                }
              }
            }
            if operands.inputs.count > 1 { sum += Double(operands.inputs[1].elements[position]) }
            y.elements[position] = activation(Float(sum))
            position += 1
          }
        }
      }
    }
    return globalPool.map { Pool.global($0).evaluate(Operands([y])) } ?? y
  }
}
