import CHRNSchema

extension Operation {
  /// Reads the member of a Node message's oneof.
  init(node: MessageReader) throws(FormatError) {
    let field = Int(hrn_oneof(node.pointer))
    switch field {
    case HRN_NODE_CONVOLUTION:
      self = .convolution(try Convolution(try node.requiredChild(field, HRN_MESSAGE_CONVOLUTION)))
    case HRN_NODE_LINEAR:
      let reader = try node.requiredChild(field, HRN_MESSAGE_LINEAR)
      self = .linear(Linear(activation: try Activation(fusedInto: reader, HRN_LINEAR_ACTIVATION)))
    case HRN_NODE_BATCH_NORM:
      let reader = try node.requiredChild(field, HRN_MESSAGE_BATCH_NORM)
      self = .batchNorm(
        BatchNorm(
          epsilon: try reader.requiredFloat(HRN_BATCH_NORM_EPSILON),
          activation: try Activation(fusedInto: reader, HRN_BATCH_NORM_ACTIVATION)))
    case HRN_NODE_ACTIVATION: self = .activation(try Activation(try node.requiredChild(field, HRN_MESSAGE_ACTIVATION)))
    case HRN_NODE_POOL: self = .pool(try Pool(try node.requiredChild(field, HRN_MESSAGE_POOL)))
    case HRN_NODE_ADD:
      let reader = try node.requiredChild(field, HRN_MESSAGE_ADD)
      self = .add(Add(activation: try Activation(fusedInto: reader, HRN_ADD_ACTIVATION)))
    case HRN_NODE_SLICE:
      let reader = try node.requiredChild(field, HRN_MESSAGE_SLICE)
      self = .slice(Slice(begin: try reader.int(HRN_SLICE_BEGIN) ?? 0, count: try reader.requiredInt(HRN_SLICE_COUNT)))
    case HRN_NODE_SOFTMAX: self = .softmax(Softmax())
    case HRN_NODE_FLATTEN: self = .flatten(Flatten())
    case HRN_NODE_QUANTIZE: self = .quantize(Quantize())
    case HRN_NODE_DEQUANTIZE: self = .dequantize(Dequantize())
    case HRN_NODE_CONCAT: self = .concat(Concat())
    case HRN_NODE_TREE_CONSTRAINT:
      self = .treeConstraint(try TreeConstraint(try node.requiredChild(field, HRN_MESSAGE_TREE_CONSTRAINT)))
    case HRN_NODE_LOCAL_RESPONSE_NORM:
      self = .localResponseNorm(try LocalResponseNorm(try node.requiredChild(field, HRN_MESSAGE_LOCAL_RESPONSE_NORM)))
    default: throw .noOperation
    }
  }

  func write(node writer: MessageWriter) {
    switch self {
    case .convolution(let convolution): writer.put(HRN_NODE_CONVOLUTION, message: convolution.write)
    case .linear(let linear):
      writer.put(HRN_NODE_LINEAR) { linear.activation?.write(fusedInto: $0, HRN_LINEAR_ACTIVATION) }
    case .batchNorm(let norm):
      writer.put(HRN_NODE_BATCH_NORM) { writer in
        writer.put(HRN_BATCH_NORM_EPSILON, norm.epsilon)
        norm.activation?.write(fusedInto: writer, HRN_BATCH_NORM_ACTIVATION)
      }
    case .activation(let activation): writer.put(HRN_NODE_ACTIVATION, message: activation.write)
    case .pool(let pool): writer.put(HRN_NODE_POOL, message: pool.write)
    case .add(let add): writer.put(HRN_NODE_ADD) { add.activation?.write(fusedInto: $0, HRN_ADD_ACTIVATION) }
    case .slice(let slice):
      writer.put(HRN_NODE_SLICE) { writer in
        writer.put(HRN_SLICE_BEGIN, slice.begin)
        writer.put(HRN_SLICE_COUNT, slice.count)
      }
    case .softmax: writer.put(HRN_NODE_SOFTMAX) { _ in }
    case .flatten: writer.put(HRN_NODE_FLATTEN) { _ in }
    case .quantize: writer.put(HRN_NODE_QUANTIZE) { _ in }
    case .dequantize: writer.put(HRN_NODE_DEQUANTIZE) { _ in }
    case .concat: writer.put(HRN_NODE_CONCAT) { _ in }
    case .treeConstraint(let constraint): writer.put(HRN_NODE_TREE_CONSTRAINT, message: constraint.write)
    case .localResponseNorm(let norm): writer.put(HRN_NODE_LOCAL_RESPONSE_NORM, message: norm.write)
    }
  }
}

extension Activation {
  init(_ reader: MessageReader) throws(FormatError) {
    let kind = try reader.requiredInt(HRN_ACTIVATION_KIND)
    try Self.refuseStrangers(reader, kind: kind)
    switch kind {
    case HRN_ACTIVATION_RELU: self = .relu(high: reader.float(HRN_ACTIVATION_HIGH))
    case HRN_ACTIVATION_ELU: self = .elu(alpha: reader.float(HRN_ACTIVATION_ALPHA) ?? 1)
    case HRN_ACTIVATION_CLIP:
      self = .clip(
        low: try reader.requiredFloat(HRN_ACTIVATION_LOW), high: try reader.requiredFloat(HRN_ACTIVATION_HIGH))
    case HRN_ACTIVATION_TANH: self = .tanh
    case HRN_ACTIVATION_HARD_SIGMOID:
      self = .hardSigmoid(
        alpha: try reader.requiredFloat(HRN_ACTIVATION_ALPHA), beta: try reader.requiredFloat(HRN_ACTIVATION_BETA))
    case HRN_ACTIVATION_HARD_SWISH: self = .hardSwish
    case HRN_ACTIVATION_LEAKY_RELU: self = .leakyRelu(alpha: try reader.requiredFloat(HRN_ACTIVATION_ALPHA))
    default: self = .sigmoid
    }
  }

  /// Numbers that the kind of activation does not have would be lost, so they are refused.
  private static func refuseStrangers(_ reader: MessageReader, kind: Int) throws(FormatError) {
    let numbers: [(field: Int, kinds: [Int])] = [
      (HRN_ACTIVATION_ALPHA, [HRN_ACTIVATION_ELU, HRN_ACTIVATION_HARD_SIGMOID, HRN_ACTIVATION_LEAKY_RELU]),
      (HRN_ACTIVATION_HIGH, [HRN_ACTIVATION_RELU, HRN_ACTIVATION_CLIP]),
      (HRN_ACTIVATION_LOW, [HRN_ACTIVATION_CLIP]),
      (HRN_ACTIVATION_BETA, [HRN_ACTIVATION_HARD_SIGMOID]),
    ]
    for (field, kinds) in numbers where reader.has(field) && !kinds.contains(kind) {
      throw .unexpected(message: HRN_MESSAGE_ACTIVATION, field: field)
    }
  }

  /// Reads the activation that another operation's message may hold.
  init?(fusedInto reader: MessageReader, _ field: Int) throws(FormatError) {
    guard let reader = reader.child(field, HRN_MESSAGE_ACTIVATION) else { return nil }
    try self.init(reader)
  }

  func write(_ writer: MessageWriter) {
    switch self {
    case .relu(let high):
      writer.put(HRN_ACTIVATION_KIND, HRN_ACTIVATION_RELU)
      writer.put(HRN_ACTIVATION_HIGH, high)
    case .elu(let alpha):
      writer.put(HRN_ACTIVATION_KIND, HRN_ACTIVATION_ELU)
      writer.put(HRN_ACTIVATION_ALPHA, alpha)
    case .sigmoid:
      writer.put(HRN_ACTIVATION_KIND, HRN_ACTIVATION_SIGMOID)
    case .clip(let low, let high):
      writer.put(HRN_ACTIVATION_KIND, HRN_ACTIVATION_CLIP)
      writer.put(HRN_ACTIVATION_HIGH, high)
      writer.put(HRN_ACTIVATION_LOW, low)
    case .tanh:
      writer.put(HRN_ACTIVATION_KIND, HRN_ACTIVATION_TANH)
    case .hardSigmoid(let alpha, let beta):
      writer.put(HRN_ACTIVATION_KIND, HRN_ACTIVATION_HARD_SIGMOID)
      writer.put(HRN_ACTIVATION_ALPHA, alpha)
      writer.put(HRN_ACTIVATION_BETA, beta)
    case .hardSwish:
      writer.put(HRN_ACTIVATION_KIND, HRN_ACTIVATION_HARD_SWISH)
    case .leakyRelu(let alpha):
      writer.put(HRN_ACTIVATION_KIND, HRN_ACTIVATION_LEAKY_RELU)
      writer.put(HRN_ACTIVATION_ALPHA, alpha)
    }
  }

  func write(fusedInto writer: MessageWriter, _ field: Int) { writer.put(field, message: write) }
}

extension Extent2D {
  init(_ values: [Int]) { self.init(y: values[0], x: values[1]) }

  var values: [Int] { [y, x] }
}

extension Padding {
  init(_ values: [Int]) { self.init(top: values[0], left: values[1], bottom: values[2], right: values[3]) }

  var values: [Int] { [top, left, bottom, right] }
}

extension Convolution {
  init(_ reader: MessageReader) throws(FormatError) {
    self.init(
      stride: Extent2D(try reader.ints(HRN_CONVOLUTION_STRIDE, count: 2)),
      padding: Padding(try reader.ints(HRN_CONVOLUTION_PADDING, count: 4)),
      dilation: reader.has(HRN_CONVOLUTION_DILATION)
        ? Extent2D(try reader.ints(HRN_CONVOLUTION_DILATION, count: 2)) : Extent2D(y: 1, x: 1),
      groups: try reader.int(HRN_CONVOLUTION_GROUPS) ?? 1,
      activation: try Activation(fusedInto: reader, HRN_CONVOLUTION_ACTIVATION),
      globalPool: reader.enumerator(HRN_CONVOLUTION_GLOBAL_POOL))
  }

  func write(_ writer: MessageWriter) {
    writer.put(HRN_CONVOLUTION_STRIDE, stride.values)
    writer.put(HRN_CONVOLUTION_PADDING, padding.values)
    if dilation != Extent2D(y: 1, x: 1) { writer.put(HRN_CONVOLUTION_DILATION, dilation.values) }
    if groups != 1 { writer.put(HRN_CONVOLUTION_GROUPS, groups) }
    activation?.write(fusedInto: writer, HRN_CONVOLUTION_ACTIVATION)
    if let globalPool { writer.put(HRN_CONVOLUTION_GLOBAL_POOL, enumerator: globalPool) }
  }
}

extension Pool {
  init(_ reader: MessageReader) throws(FormatError) {
    let kind: PoolKind = try reader.requiredEnumerator(HRN_POOL_KIND)
    guard reader.flag(HRN_POOL_GLOBAL) else {
      self = .window(
        kind, kernel: Extent2D(try reader.ints(HRN_POOL_KERNEL, count: 2)),
        stride: Extent2D(try reader.ints(HRN_POOL_STRIDE, count: 2)),
        padding: Padding(try reader.ints(HRN_POOL_PADDING, count: 4)))
      return
    }
    for field in [HRN_POOL_KERNEL, HRN_POOL_STRIDE, HRN_POOL_PADDING] where reader.has(field) {
      throw .unexpected(message: HRN_MESSAGE_POOL, field: field)
    }
    self = .global(kind)
  }

  func write(_ writer: MessageWriter) {
    writer.put(HRN_POOL_KIND, enumerator: kind)
    switch self {
    case .global:
      writer.put(HRN_POOL_GLOBAL, flag: true)
    case .window(_, let kernel, let stride, let padding):
      writer.put(HRN_POOL_KERNEL, kernel.values)
      writer.put(HRN_POOL_STRIDE, stride.values)
      writer.put(HRN_POOL_PADDING, padding.values)
    }
  }
}

extension TreeConstraint {
  init(_ reader: MessageReader) throws(FormatError) {
    self.init(
      try reader.requiredEnumerator(HRN_TREE_CONSTRAINT_KIND),
      parents: reader.ints(HRN_TREE_CONSTRAINT_PARENTS).map { $0 == 0 ? nil : $0 - 1 })
  }

  func write(_ writer: MessageWriter) {
    writer.put(HRN_TREE_CONSTRAINT_KIND, enumerator: kind)
    writer.put(HRN_TREE_CONSTRAINT_PARENTS, parents.map { $0.map { $0 + 1 } ?? 0 })
  }
}

extension LocalResponseNorm {
  init(_ reader: MessageReader) throws(FormatError) {
    self.init(
      size: try reader.requiredInt(HRN_LOCAL_RESPONSE_NORM_SIZE),
      alpha: try reader.requiredFloat(HRN_LOCAL_RESPONSE_NORM_ALPHA),
      beta: try reader.requiredFloat(HRN_LOCAL_RESPONSE_NORM_BETA),
      bias: try reader.requiredFloat(HRN_LOCAL_RESPONSE_NORM_BIAS))
  }

  func write(_ writer: MessageWriter) {
    writer.put(HRN_LOCAL_RESPONSE_NORM_SIZE, size)
    writer.put(HRN_LOCAL_RESPONSE_NORM_ALPHA, alpha)
    writer.put(HRN_LOCAL_RESPONSE_NORM_BETA, beta)
    writer.put(HRN_LOCAL_RESPONSE_NORM_BIAS, bias)
  }
}
