import CHRNKernels
import HRNFormat

/// The operations of an int8 graph that have no weights.
enum Int8Operations {
  typealias Body = ([Int8Reference.Value]) -> Int8Reference.Value

  /// The maximum of stored values; or of a whole map `y = clamp(round(float(Σ q − n · z) · poolMultiplier + z_y))`; or
  /// of a window with `n` taps inside the map the same with `poolMultiplier / float(n)`.
  static func pool(_ pool: Pool, _ node: Node, _ input: Tensor, _ output: Tensor) -> Body {
    let extent = Extent2D(y: input.shape[2], x: input.shape[3])
    let one = Extent2D(y: 1, x: 1)
    let (kernel, stride, padding) =
      if case .window(_, let kernel, let stride, let padding) = pool {
        (kernel, stride, padding)
      } else {
        (extent, one, Padding(0))
      }
    let window = PatchSums.Window(
      channels: input.shape[1], input: extent, kernel: kernel, stride: stride, padding: padding,
      output: Extent2D(y: output.shape[2], x: output.shape[3]))
    guard pool.kind == .average else { return maximum(window) }
    guard let multiplier = node.requantization?.poolMultiplier, let zero = output.quantization?.zeroPoint[0],
      let inputZero = input.quantization?.zeroPoint[0]
    else { preconditionFailure("an int8 average pool has a multiplier and zero points") }
    return average(window, isWhole: pool == .global(.average), Int32(inputZero), multiplier, zero)
  }

  private static func average(
    _ window: PatchSums.Window, isWhole: Bool, _ inputZero: Int32, _ multiplier: Float, _ zero: Float
  ) -> Body {
    let channels = window.channels
    return { inputs in
      let values = inputs[0].bytes
      var sums = [Int32](repeating: 0, count: window.positions * channels)
      var taps = [Int32](repeating: 0, count: window.positions)
      forEachTap(window) { position, from in
        taps[position] += 1
        for c in 0..<channels { sums[position * channels + c] += Int32(values[from + c]) }
      }
      return .uint8(
        sums.indices.map { index in
          let n = taps[index / channels]
          let scaled = isWhole ? multiplier : multiplier / Float(n)
          return UInt8(roundClamped(Float(sums[index] - n * inputZero) * scaled + zero, 0, 255))
        })
    }
  }

  private static func maximum(_ window: PatchSums.Window) -> Body {
    let channels = window.channels
    return { inputs in
      let values = inputs[0].bytes
      var result = [UInt8](repeating: 0, count: window.positions * channels)
      forEachTap(window) { position, from in
        let to = position * channels
        for c in 0..<channels { result[to + c] = max(result[to + c], values[from + c]) }
      }
      return .uint8(result)
    }
  }

  /// Every tap inside the input, with its output position and where its first channel lies.
  private static func forEachTap(_ window: PatchSums.Window, _ body: (_ position: Int, _ from: Int) -> Void) {
    for ky in 0..<window.kernel.y {
      for oy in window.rows(of: ky) {
        let iy = oy * window.stride.y + ky - window.padding.top
        for kx in 0..<window.kernel.x {
          for ox in window.columns(of: kx) {
            let ix = ox * window.stride.x + kx - window.padding.left
            body(oy * window.output.x + ox, (iy * window.input.x + ix) * window.channels)
          }
        }
      }
    }
  }

  /// `t = float(a − z_a) · outputMultiplier + float(b − z_b) · residualMultiplier; t = t + z_y`, clamped and rounded.
  static func add(_ add: Add, _ node: Node, zeros: [Float], _ output: Tensor) -> Body {
    guard let requantization = node.requantization, let first = requantization.outputMultiplier,
      let second = requantization.residualMultiplier, let zero = output.quantization?.zeroPoint[0]
    else { preconditionFailure("an int8 sum has two multipliers") }
    let (low, high) = output.quantization!.clamp(add.activation)
    return { inputs in
      .uint8(
        zip(inputs[0].bytes, inputs[1].bytes).map { a, b in
          let t = (Float(a) - zeros[0]) * first + (Float(b) - zeros[1]) * second
          return UInt8(roundClamped(t + zero, low, high))
        })
    }
  }

  /// Floats, from the first input to the last.
  static func addFloat(_ add: Add) -> Body {
    { inputs in
      var sum = inputs[0].floats
      for input in inputs.dropFirst() {
        let terms = input.floats
        for index in sum.indices { sum[index] += terms[index] }
      }
      return .float32(add.activation.map { FloatOperations.apply($0, sum) } ?? sum)
    }
  }

  static func slice(_ slice: Slice, channels: Int) -> Body {
    func taken<Element>(_ values: [Element]) -> [Element] {
      stride(from: slice.begin, to: values.count, by: channels).flatMap { values[$0..<$0 + slice.count] }
    }
    return { inputs in
      switch inputs[0] {
      case .uint8(let values): .uint8(taken(values))
      case .float32(let values): .float32(taken(values))
      }
    }
  }

  /// `round(x · (1 / scale) + zero)`, clamped.
  static func quantize(_ quantization: Quantization) -> Body {
    let multiplier = Float(1 / Double(quantization.scale[0]))
    let zero = quantization.zeroPoint[0]
    return { inputs in .uint8(inputs[0].floats.map { UInt8(roundClamped($0 * multiplier + zero, 0, 255)) }) }
  }

  /// `(q − zero) · scale`, of the image per channel.
  static func dequantize(_ quantization: Quantization) -> Body {
    let (scale, zero) = (quantization.scale, quantization.zeroPoint)
    return { inputs in
      let values = inputs[0].bytes
      return .float32(values.indices.map { (Float(values[$0]) - zero[$0 % zero.count]) * scale[$0 % scale.count] })
    }
  }

  /// `x · scale[c] + shift[c]`, from floats through the activation, from integers clamped and rounded.
  static func scaleShift(
    _ norm: BatchNorm, scale: [Float], shift: [Float], _ output: Tensor
  ) -> Body {
    let channels = scale.count
    guard output.elementType == .uint8, let quantization = output.quantization else {
      return { inputs in
        let x = inputs[0].floats
        let y = x.indices.map { x[$0] * scale[$0 % channels] + shift[$0 % channels] }
        return .float32(norm.activation.map { FloatOperations.apply($0, y) } ?? y)
      }
    }
    let (low, high) = quantization.clamp(norm.activation)
    return { inputs in
      let x = inputs[0].bytes
      return .uint8(
        x.indices.map { UInt8(roundClamped(Float(x[$0]) * scale[$0 % channels] + shift[$0 % channels], low, high)) })
    }
  }

  /// What each byte becomes: dequantized, through the activation, quantized.
  static func table(_ activation: Activation?, _ input: Quantization, _ output: Quantization) -> [UInt8] {
    let real = dequantize(input)([.uint8([UInt8](0...255))]).floats
    return quantize(output)([.float32(activation.map { FloatOperations.apply($0, real) } ?? real)]).bytes
  }

  /// Position after position, the channels of the parts one after the other.
  static func concat(_ inputs: [Tensor], _ output: Tensor) -> Body {
    let channels = inputs.map { $0.shape[1] }
    func join<Element>(_ parts: [[Element]]) -> [Element] {
      (0..<parts[0].count / channels[0]).flatMap { position in
        zip(parts, channels).flatMap { $0[position * $1..<(position + 1) * $1] }
      }
    }
    guard output.elementType == .uint8 else { return { .float32(join($0.map(\.floats))) } }
    let tables = inputs.map { input in
      input.quantization == output.quantization ? nil : table(nil, input.quantization!, output.quantization!)
    }
    return { values in
      .uint8(
        join(
          zip(values, tables).map { value, table in table.map { t in value.bytes.map { t[Int($0)] } } ?? value.bytes }))
    }
  }

  /// Channel after channel of `[H][W][C]`.
  static func flatten(_ shape: [Int]) -> Body {
    let (channels, area) = (shape[1], shape.dropFirst(2).reduce(1, *))
    func planar<Element>(_ values: [Element]) -> [Element] {
      values.indices.map { values[$0 % area * channels + $0 / area] }
    }
    return { inputs in
      switch inputs[0] {
      case .uint8(let values): .uint8(planar(values))
      case .float32(let values): .float32(planar(values))
      }
    }
  }
}

/// Functions of floats, by the scalar kernels: their fixed sequence of operations is what exp means here.
enum FloatOperations {
  private static var kernels: hrn_kernels { hrn_kernels_at(HRN_TIER_SCALAR).pointee }

  static func apply(_ activation: Activation, _ x: [Float]) -> [Float] {
    var y = [Float](repeating: 0, count: x.count)
    switch activation {
    case .relu(let high): kernels.clamp_f32(x, 0, high ?? .infinity, &y, Int64(x.count))
    case .elu(let alpha): kernels.elu_f32(x, alpha, &y, Int64(x.count))
    case .sigmoid: kernels.sigmoid_f32(x, &y, Int64(x.count))
    case .tanh: kernels.tanh_f32(x, &y, Int64(x.count))
    case .hardSigmoid(let alpha, let beta): kernels.hard_sigmoid_f32(x, alpha, beta, &y, Int64(x.count))
    case .hardSwish: kernels.hard_swish_f32(x, &y, Int64(x.count))
    case .leakyRelu(let alpha): kernels.leaky_relu_f32(x, alpha, &y, Int64(x.count))
    case .clip(let low, let high): kernels.clamp_f32(x, low, high, &y, Int64(x.count))
    }
    return y
  }

  /// Over the channels of `[H][W][C]`.
  static func normalize(_ norm: LocalResponseNorm, _ x: [Float], channels: Int) -> [Float] {
    var y = [Float](repeating: 0, count: x.count)
    let layout = hrn_channels(
      block: Int32(channels), block_stride: 0, row_stride: Int64(x.count), pixel_stride: Int64(channels))
    kernels.local_response_norm_f32(
      x, Int32(channels), 1, Int32(x.count / channels), layout, Int32(norm.size), norm.alpha, norm.beta, norm.bias, &y)
    return y
  }

  static func softmax(_ x: [Float]) -> [Float] {
    var y = [Float](repeating: 0, count: x.count)
    kernels.softmax_f32(x, &y, Int64(x.count))
    return y
  }
}
