import CHRNKernels
import HRNFormat

extension Binder {
  /// Binds a convolution by the type of its weights.
  ///
  /// - Returns: its steps, two where Winograd's input is transformed before.
  func bind(_ convolution: Convolution, of node: Node, _ plan: NodePlan) throws(SessionError) -> [Step] {
    guard let weight = node.parameters.first, graph.tensors.indices.contains(weight) else {
      throw node.fault("a convolution has weights")
    }
    switch graph.tensors[weight].elementType {
    case .int8 where plan.algorithm == .winograd8: return try bindWinograd8(convolution, of: node, plan)
    case .int8: return try bindInt8(convolution, of: node, plan)
    case .float32: return try bindFloat(convolution, of: node, plan)
    case .bfloat16: return try bindBFloat16(convolution, of: node, plan)
    case let type: throw node.unsupported("a convolution with \(type.name) weights")
    }
  }

  private func bindFloat(
    _ convolution: Convolution, of node: Node, _ plan: NodePlan
  ) throws(SessionError) -> [Step] {
    guard node.parameters.count == 2 else { throw node.fault("a float32 convolution has weights and a bias") }
    let parts = try parts(convolution, of: node, plan, type: .float32, outputType: .float32)
    var arguments = hrn_conv2d_f32()
    arguments.shape = parts.shape
    arguments.input = UnsafePointer(parts.input.floats + parts.inputOffset)
    arguments.weights = try weights(parts, .float32, as: Float.self, of: node)
    arguments.bias = try constant(node.parameters[1], .float32, count: parts.lanes, as: Float.self, of: node)
    if let residual = parts.residual { arguments.residual = UnsafePointer(residual.floats) }
    (arguments.low, arguments.high) = try clampBounds(convolution.activation, of: node)
    arguments.output = parts.output.floats
    let sums = try pooledSums(convolution, parts, of: node)
    arguments.pool_sums = sums
    // A matrix product has all channels in every sum.
    if let blas, convolution.groups == 1 { return [try ConvolutionBLAS(blas, arguments)] }
    let table = kernels.pointee
    let bound = ConvolutionKernels(
      Arguments(arguments), direct: (parts.isDepthwise ? table.depthwise2d_f32 : table.conv2d_f32)!,
      transform: table.winograd_input_f32, multiply: table.winograd_f32, winogradBytes: hrn_winograd_f32_bytes)
    return try steps(
      bound, convolution, parts, of: node, plan, average: sums.map { PooledFloatAverage(parts, sums: $0) })
  }

  private func bindBFloat16(
    _ convolution: Convolution, of node: Node, _ plan: NodePlan
  ) throws(SessionError) -> [Step] {
    guard node.parameters.count == 2 else { throw node.fault("a bfloat16 convolution has weights and a bias") }
    let isPooled = convolution.globalPool != nil
    let parts = try parts(
      convolution, of: node, plan, type: .bfloat16, outputType: isPooled ? .float32 : .bfloat16)
    var arguments = hrn_conv2d_bf16()
    arguments.shape = parts.shape
    arguments.input = UnsafePointer(parts.input.halves + parts.inputOffset)
    arguments.weights = try weights(parts, .bfloat16, as: UInt16.self, of: node)
    arguments.bias = try constant(node.parameters[1], .float32, count: parts.lanes, as: Float.self, of: node)
    if let residual = parts.residual { arguments.residual = UnsafePointer(residual.halves) }
    (arguments.low, arguments.high) = try clampBounds(convolution.activation, of: node)
    if !isPooled { arguments.output = parts.output.halves }
    let sums = try pooledSums(convolution, parts, of: node)
    arguments.pool_sums = sums
    let table = kernels.pointee
    let (own, direct) = (Arguments(arguments), (parts.isDepthwise ? table.depthwise2d_bf16 : table.conv2d_bf16)!)
    let bound =
      plan.algorithm == .winograd16
      ? ConvolutionKernels(
        own, direct: direct, transform: table.winograd16_input, multiply: table.winograd16,
        winogradBytes: hrn_winograd16_bytes)
      : ConvolutionKernels(
        own, direct: direct, transform: table.winograd_input_bf16, multiply: table.winograd_bf16,
        winogradBytes: hrn_winograd_f32_bytes)
    return try steps(
      bound, convolution, parts, of: node, plan, average: sums.map { PooledFloatAverage(parts, sums: $0) })
  }

  /// Where the sums of a pooled convolution of floats lie, or nil for one that is not pooled.
  private func pooledSums(
    _ convolution: Convolution, _ parts: ConvolutionParts, of node: Node
  ) throws(SessionError) -> UnsafeMutablePointer<Float>? {
    guard parts.isPooled else { return nil }
    guard convolution.globalPool == .average else { throw node.unsupported("a convolution with a fused maximum") }
    return try scratch(node, bytes: parts.lanes * 4).assumingMemoryBound(to: Float.self)
  }

  /// The steps of a convolution, by Winograd where its plan says so.
  ///
  /// - Parameter average: what its sums become, nil where it is not pooled.
  private func steps<Average: PooledAverage>(
    _ kernels: ConvolutionKernels, _ convolution: Convolution, _ parts: ConvolutionParts, of node: Node,
    _ plan: NodePlan, average: Average?
  ) throws(SessionError) -> [Step] {
    let (compute, before) = try algorithm(kernels, convolution, parts, of: node, plan)
    guard let average else { return before + [ConvolutionStep(compute, parts.work)] }
    return before + [ConvolutionPooled(compute, parts.work, average)]
  }

  /// What computes the sums of a convolution, and the steps that must run before.
  private func algorithm(
    _ kernels: ConvolutionKernels, _ convolution: Convolution, _ parts: ConvolutionParts, of node: Node,
    _ plan: NodePlan
  ) throws(SessionError) -> (ConvolutionCompute, before: [Step]) {
    guard plan.algorithm == .winograd || plan.algorithm == .winograd16 else { return (.direct(kernels.direct), []) }
    guard case .blocked = parts.input.tensor.layout,
      convolution.allowsWinograd(weights: graph.tensors[node.parameters[0]].shape),
      plan.band % plan.algorithm.tile == 0, plan.suitsWinograd(isPooled: parts.isPooled)
    else { throw node.fault("it cannot be computed by Winograd, as its plan says") }
    var shape = parts.shape
    guard let winograd = kernels.winograd, min(shape.out_height, shape.out_width) >= kernels.winogradLeast
    else { return (.direct(kernels.direct), []) }
    let work = parts.work
    guard work.split == .groups else {
      let bytes = kernels.winogradBytes(&shape, work.band)
      working.reserve(shared: 0, worker: Int(bytes.input), Int(bytes.scratch))
      return (.own(winograd, working, blocks: Extent(all: shape.in_blocks)), [])
    }
    let bytes = kernels.winogradBytes(&shape, work.rows)
    working.reserve(shared: Int(bytes.input), worker: 0, Int(bytes.scratch))
    return (
      .shared(winograd, working), [WinogradTransform(winograd, blocks: shape.in_blocks, rows: work.rows, working)]
    )
  }

  private func bindInt8(
    _ convolution: Convolution, of node: Node, _ plan: NodePlan
  ) throws(SessionError) -> [Step] {
    guard node.parameters.count == 3 else {
      throw node.fault("an int8 convolution has weights, a bias and a multiplier")
    }
    let parts = try parts(convolution, of: node, plan, type: .uint8, outputType: .uint8)
    let output = try parts.output.quantization(of: node)
    var arguments = hrn_conv2d_i8()
    arguments.shape = parts.shape
    arguments.input = UnsafePointer(parts.input.bytes + parts.inputOffset)
    arguments.weights = try weights(parts, .int8, as: Int8.self, of: node)
    arguments.multiplier = try constant(node.parameters[2], .float32, count: parts.lanes, as: Float.self, of: node)
    arguments.is_narrow = plan.isNarrow ? 1 : 0
    let classes = try borderClasses(convolution, parts, of: node)
    let border = classes.map { BorderBytes($0) }
    arguments.row_class = UnsafePointer(border?.rows)
    arguments.column_class = UnsafePointer(border?.columns)
    let biasCount = checkedProduct(parts.lanes, (classes?.rows.count ?? 1) * (classes?.columns.count ?? 1))
    arguments.bias = try constant(node.parameters[1], .int32, count: biasCount, as: Int32.self, of: node)
    arguments.column_classes = Int32(classes?.columns.count ?? 1)
    if let residual = parts.residual {
      guard let multiplier = node.requantization?.residualMultiplier else {
        throw node.fault("it has a residual and no residual multiplier")
      }
      arguments.residual = UnsafePointer(residual.bytes)
      arguments.residual_zero = try residual.quantization(of: node).zero
      arguments.residual_multiplier = multiplier
    }
    arguments.output = parts.output.bytes
    var average: PooledInt8Average?
    if parts.isPooled {
      guard convolution.globalPool == .average, case .relu(high: nil) = convolution.activation,
        let high = node.requantization?.poolHigh, let multiplier = node.requantization?.poolMultiplier
      else { throw node.fault("an int8 convolution is pooled by average, after a ReLU, with a pool multiplier") }
      try checkPooledSum(of: node, parts.shape, high: high)
      (arguments.low, arguments.high, arguments.output_zero) = (0, high, 0)
      let sums = try scratch(node, bytes: parts.lanes * 4).assumingMemoryBound(to: Int32.self)
      arguments.pool_sums = sums
      average = PooledInt8Average(parts, sums: sums, multiplier: multiplier, zero: output.zero, kernels)
    } else {
      (arguments.low, arguments.high) = try quantizedBounds(convolution.activation, output, of: node)
      arguments.output_zero = output.zero
    }
    let table = kernels.pointee
    let bound = ConvolutionKernels(
      Arguments(arguments, keeping: border), direct: (parts.isDepthwise ? table.depthwise2d_i8 : table.conv2d_i8)!,
      transform: table.winograd_input_i8, multiply: table.winograd_i8, winogradBytes: hrn_winograd_i8_bytes,
      winogradLeast: table.winograd_i8_least)
    return try steps(bound, convolution, parts, of: node, plan, average: average)
  }

  /// Values of up to `high` at every position add up to 32 bits.
  func checkPooledSum(of node: Node, _ shape: hrn_conv2d_shape, high: Float) throws(SessionError) {
    guard high >= 0, high <= 65535,
      let positions = checkedProduct(Int(shape.out_height), Int(shape.out_width)),
      let sum = checkedProduct(Int(high), positions), sum <= Int(Int32.max)
    else { throw node.fault("its pooled sum does not fit 32 bits") }
  }

  private func weights<Element>(
    _ parts: ConvolutionParts, _ type: ElementType, as element: Element.Type, of node: Node
  ) throws(SessionError) -> UnsafePointer<Element> {
    let shape = parts.shape
    return try packedWeights(
      node.parameters[0], type, parts.isDepthwise ? .depthwise : .portable, outputs: Int(shape.out_channels),
      blocks: Int(shape.in_blocks),
      taps: Int(shape.kernel_height) * Int(shape.kernel_width), block: Int(shape.in_block), as: element, of: node)
  }

  /// The bounds between which a kernel of floats clamps.
  func clampBounds(
    _ activation: Activation?, of node: Node
  ) throws(SessionError) -> (low: Float, high: Float) {
    guard let activation else { return (-.infinity, .infinity) }
    guard let clamp = activation.clamp else { throw node.unsupported("this activation of sums") }
    return clamp
  }

  /// The bounds, in steps of the output, between which an int8 result is clamped.
  func quantizedBounds(
    _ activation: Activation?, _ output: (scale: Float, zero: Float), of node: Node
  ) throws(SessionError) -> (low: Float, high: Float) {
    guard let activation else { return (0, 255) }
    guard let clamp = activation.storedClamp(scale: output.scale, zero: output.zero) else {
      throw node.unsupported("this activation between int8 tensors")
    }
    return clamp
  }

  /// The classes of output positions that have a bias of their own, or nil where the bias has no such axes.
  private func borderClasses(
    _ convolution: Convolution, _ parts: ConvolutionParts, of node: Node
  ) throws(SessionError) -> BorderClasses? {
    let bias = node.parameters[1]
    guard graph.tensors.indices.contains(bias) else { throw node.fault("its bias is not a tensor") }
    let shape = graph.tensors[bias].shape
    if shape.count == 1 { return nil }
    let kernel = graph.tensors[node.parameters[0]].shape
    let input = parts.input.tensor.shape
    let classes = BorderClasses(
      rows: BorderAxis(
        outputs: Int(parts.shape.out_height), input: input[2], kernel: kernel[2], stride: convolution.stride.y,
        padding: convolution.padding.top, dilation: convolution.dilation.y, limit: Limits.borderClasses),
      columns: BorderAxis(
        outputs: Int(parts.shape.out_width), input: input[3], kernel: kernel[3], stride: convolution.stride.x,
        padding: convolution.padding.left, dilation: convolution.dilation.x, limit: Limits.borderClasses))
    guard shape.count == 3, shape[0] == classes.rows.count, shape[1] == classes.columns.count,
      max(classes.rows.count, classes.columns.count) <= Limits.borderClasses
    else {
      throw node.fault(
        "its bias must have \(classes.rows.count) classes of rows and \(classes.columns.count) of columns")
    }
    return classes
  }
}

/// The classes of output positions that have biases of their own.
struct BorderClasses {
  let rows: BorderAxis
  let columns: BorderAxis
}
