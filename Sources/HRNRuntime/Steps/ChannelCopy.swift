import CHRNKernels
import HRNFormat

/// The channels of an activation in memory.
struct Channels {
  var place: Place
  /// Elements before the first.
  var offset = 0
  var channels: Int32
  var height: Int32
  var width: Int32
  var layout: hrn_channels

  /// Lanes past the channels, in the last block.
  var spareLanes: Int32 { pieces(channels, of: layout.block) * layout.block - channels }
}

extension Binder {
  /// How the channels of a map or a vector lie.
  func channels(of place: Place, _ node: Node) throws(SessionError) -> Channels {
    switch place.tensor.layout {
    case .blocked:
      let map = try place.map(of: node)
      return Channels(
        place: place, channels: map.channels, height: map.height, width: map.width,
        layout: hrn_channels(
          block: map.block, block_stride: map.blockStride, row_stride: map.rowStride, pixel_stride: Int64(map.block)))
    case .pixels(let border, let rowPitch):
      let shape = place.tensor.shape
      let channels = try node.int32(shape[1])
      return Channels(
        place: place, offset: border * (rowPitch + shape[1]), channels: channels, height: try node.int32(shape[2]),
        width: try node.int32(shape[3]),
        layout: hrn_channels(
          block: channels, block_stride: 0, row_stride: Int64(rowPitch), pixel_stride: Int64(channels)))
    default:
      let count = try place.vectorCount(of: node)
      return Channels(
        place: place, channels: count, height: 1, width: 1,
        layout: hrn_channels(block: count, block_stride: 0, row_stride: 0, pixel_stride: 0))
    }
  }

  /// Binds `y = x₀ | x₁ | …`: each part is copied to its channels, through a table where it is quantized otherwise.
  func bindConcat(_ node: Node) throws(SessionError) -> Step {
    let type = try outputType(node)
    let output = try channels(of: try activation(node.outputs[0], type, of: node), node)
    var parts: [ChannelCopy.Part] = []
    var first: Int32 = 0
    for index in node.inputs {
      let input = try channels(of: try activation(index, type, of: node), node)
      guard input.height == output.height, input.width == output.width, input.channels <= output.channels - first else {
        throw node.fault("its parts do not make up its output")
      }
      var part = ChannelCopy.Part(input, output, first: 0, count: input.channels, at: first)
      if type == .uint8 {
        let (x, y) = (try input.place.quantization(of: node), try output.place.quantization(of: node))
        if x != y { part.table = ByteTable(from: x, to: y, ElementFunction(nil, kernels), kernels) }
      }
      parts.append(part)
      first += input.channels
    }
    guard first == output.channels else { throw node.fault("its parts do not make up its output") }
    return ChannelCopy(kernels, parts, clearing: output)
  }

  /// Binds a slice that is no view: it begins inside a block, or is cut from the picture.
  func bindCopy(_ slice: Slice, of node: Node) throws(SessionError) -> Step {
    let type = try outputType(node)
    guard node.inputs.count == 1 else { throw node.fault("it has one input") }
    let input = try channels(of: try activation(node.inputs[0], type, of: node), node)
    let output = try channels(of: try activation(node.outputs[0], type, of: node), node)
    guard slice.begin >= 0, slice.begin <= Int(input.channels) - Int(output.channels),
      slice.count == Int(output.channels), input.height == output.height, input.width == output.width
    else { throw node.fault("a slice reaches past its input") }
    let part = ChannelCopy.Part(input, output, first: Int32(slice.begin), count: output.channels, at: 0)
    return ChannelCopy(kernels, [part], clearing: output)
  }

  /// Binds a flattening that is no view: a map of more than one position becomes plain, channel after channel.
  func bindFlatten(_ node: Node) throws(SessionError) -> Step {
    let type = try outputType(node)
    guard node.inputs.count == 1 else { throw node.fault("it has one input") }
    let input = try channels(of: try activation(node.inputs[0], type, of: node), node)
    let output = try activation(node.outputs[0], type, of: node)
    let plane = Int(input.height) * Int(input.width)
    guard Int(try output.vectorCount(of: node)) == Int(input.channels) * plane else {
      throw node.fault("its output has another number of elements")
    }
    let plain = Channels(
      place: output, channels: input.channels, height: input.height, width: input.width,
      layout: hrn_channels(
        block: 1, block_stride: Int64(plane), row_stride: Int64(input.width), pixel_stride: 1))
    let part = ChannelCopy.Part(input, plain, first: 0, count: input.channels, at: 0)
    return ChannelCopy(kernels, [part], clearing: plain)
  }

  /// Binds the picture's pixels as numbers; nil where the input is no picture.
  func bindPixels(_ node: Node) throws(SessionError) -> Step? {
    guard node.inputs.count == 1, graph.tensors.indices.contains(node.inputs[0]),
      case .pixels = graph.tensors[node.inputs[0]].layout
    else { return nil }
    let input = try channels(of: try activation(node.inputs[0], .uint8, of: node), node)
    let output = try channels(of: try activation(node.outputs[0], .float32, of: node), node)
    guard let quantization = input.place.tensor.quantization, quantization.scale.count == Int(input.channels),
      quantization.zeroPoint.count == Int(input.channels), input.channels == output.channels,
      input.height == output.height, input.width == output.width
    else { throw node.fault("its picture has a scale for each channel") }
    return PixelValues(kernels, input, output, quantization)
  }

  /// Binds a scale and a shift for each channel.
  func bind(_ norm: BatchNorm, of node: Node) throws(SessionError) -> Step {
    let type = try outputType(node)
    let (x, y, count) = try pair(node, type, type)
    let channels = y.tensor.shape[1]
    guard node.parameters.count == 2 else { throw node.fault("a compiled batch norm has a scale and a shift") }
    let lanes = Lanes.rounded(channels)
    let scale = try constant(node.parameters[0], .float32, count: lanes, as: Float.self, of: node)
    let shift = try constant(node.parameters[1], .float32, count: lanes, as: Float.self, of: node)
    var block = channels
    if case .blocked(let size) = y.tensor.layout { block = size }
    // The lanes of the last block have scales if the block is full, or as wide as lanes are rounded to.
    guard block == channels || block <= 16 || channels % block == 0 else {
      throw node.fault("its last block of channels is not full")
    }
    let positions = y.tensor.shape.dropFirst(2).reduce(1, *)
    guard type == .uint8 else {
      return ScaleShiftFloat(
        kernels, x.floats, scale, shift, y.floats, block: block, positions: positions, count: count,
        ElementFunction(norm.activation, kernels))
    }
    let (low, high) = try quantizedBounds(norm.activation, try y.quantization(of: node), of: node)
    return ScaleShiftInt8(
      kernels, x.bytes, scale, shift, y.bytes, block: block, positions: positions, count: count, low, high)
  }

  func bind(_ norm: LocalResponseNorm, of node: Node) throws(SessionError) -> Step {
    let (x, y, _) = try pair(node, .float32, .float32)
    guard norm.size > 0 else { throw node.fault("it sums no channels") }
    return NeighbourNorm(kernels, x.floats, try channels(of: y, node), norm, size: try node.int32(norm.size))
  }

  func bind(_ constraint: TreeConstraint, of node: Node) throws(SessionError) -> Step {
    let (x, y, count) = try pair(node, .float32, .float32)
    guard constraint.parents.count == count else { throw node.fault("its tree has another number of nodes") }
    var parents: [Int32] = []
    for (index, parent) in constraint.parents.enumerated() {
      guard parent.map({ (0..<index).contains($0) }) ?? true else { throw node.fault("a parent follows its child") }
      parents.append(Int32(parent ?? -1))
    }
    return TreeConstraintFloat(kernels, constraint.kind, parents, x.floats, y.floats)
  }

  private func outputType(_ node: Node) throws(SessionError) -> ElementType {
    guard graph.tensors.indices.contains(node.outputs[0]) else { throw node.fault("its output is not a tensor") }
    let type = graph.tensors[node.outputs[0]].elementType
    guard type == .float32 || type == .bfloat16 || type == .uint8 else {
      throw node.unsupported("an output of \(type.name)")
    }
    return type
  }
}

/// Channels moved from layout to layout, a part for each worker.
final class ChannelCopy: Step {
  struct Part {
    let shape: Arguments<hrn_channel_copy>
    /// Null: zeros.
    let x: UnsafeRawPointer?
    var table: ByteTable?

    init(_ input: Channels, _ output: Channels, first: Int32, count: Int32, at begin: Int32) {
      shape = Arguments(
        hrn_channel_copy(
          channels: count, height: output.height, width: output.width, in_first: first, out_first: begin,
          in: input.layout, out: output.layout))
      x = UnsafeRawPointer(input.place.pointer + input.offset * input.place.tensor.elementType.byteCount)
    }

    /// Zeros in the lanes that follow the channels of `output`, so that what weighs them with zero gives zero.
    init(clearing output: Channels) {
      shape = Arguments(
        hrn_channel_copy(
          channels: output.spareLanes, height: output.height, width: output.width, in_first: 0,
          out_first: output.channels, in: output.layout, out: output.layout))
      x = nil
    }
  }

  private let kernels: UnsafePointer<hrn_kernels>
  private let type: ElementType
  private let parts: [Part]
  private let y: UnsafeMutableRawPointer

  init(_ kernels: UnsafePointer<hrn_kernels>, _ parts: [Part], clearing output: Channels) {
    self.kernels = kernels
    type = output.place.tensor.elementType
    self.parts = type != .uint8 && output.spareLanes > 0 ? parts + [Part(clearing: output)] : parts
    y = output.place.pointer
    super.init(items: Int32(self.parts.count))
  }

  override func run(item: Int32) {
    let part = parts[Int(item)]
    switch type {
    case .float32:
      kernels.pointee.copy_channels_f32(
        part.shape.pointer, part.x?.assumingMemoryBound(to: Float.self), y.assumingMemoryBound(to: Float.self))
    case .bfloat16:
      kernels.pointee.copy_channels_bf16(
        part.shape.pointer, part.x?.assumingMemoryBound(to: UInt16.self), y.assumingMemoryBound(to: UInt16.self))
    default:
      kernels.pointee.copy_channels_u8(
        part.shape.pointer, part.x?.assumingMemoryBound(to: UInt8.self), part.table?.pointer,
        y.assumingMemoryBound(to: UInt8.self))
    }
  }
}

/// `(pixel − zero[c]) · scale[c]`, from the picture to a map.
final class PixelValues: Step {
  private let kernels: UnsafePointer<hrn_kernels>
  private let input: Channels
  private let output: Channels
  private let quantization: Quantization
  private let spare: Arguments<hrn_channel_copy>

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ input: Channels, _ output: Channels, _ quantization: Quantization
  ) {
    self.kernels = kernels
    self.input = input
    self.output = output
    self.quantization = quantization
    spare = ChannelCopy.Part(clearing: output).shape
    super.init(items: 1)
  }

  override func run(item: Int32) {
    quantization.zeroPoint.withUnsafeBufferPointer { zero in
      quantization.scale.withUnsafeBufferPointer { scale in
        kernels.pointee.dequantize_pixels_u8(
          input.place.bytes + input.offset, input.height, input.width, input.channels, input.layout.row_stride,
          zero.baseAddress, scale.baseAddress, output.layout, output.place.floats)
      }
    }
    kernels.pointee.copy_channels_f32(spare.pointer, nil, output.place.floats)
  }
}
