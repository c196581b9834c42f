import CHRNKernels
import HRNFormat

extension Binder {
  /// Binds a pool over a feature map; work is cut by blocks of channels.
  func bind(_ pool: Pool, of node: Node, _ plan: NodePlan) throws(SessionError) -> Step {
    guard node.inputs.count == 1, graph.tensors.indices.contains(node.outputs[0]) else {
      throw node.fault("a pool has one input")
    }
    let type = graph.tensors[node.outputs[0]].elementType
    let isWhole = pool == .global(.average)
    let input = try activation(node.inputs[0], isWhole ? try inputType(node) : type, of: node)
    let output = try activation(node.outputs[0], type, of: node)
    let (x, y) = (try input.map(of: node), try output.map(of: node))
    var kind = PoolKind.average
    var kernel = Extent2D(y: Int(x.height), x: Int(x.width))
    var stride = Extent2D(y: 1, x: 1)
    var padding = Padding(0)
    switch pool {
    case .global(let pooled): kind = pooled
    case .window(let pooled, let window, let step, let border):
      (kind, kernel, stride, padding) = (pooled, window, step, border)
    }
    guard kernel.y > 0, kernel.x > 0, stride.y > 0, stride.x > 0, x.height > 0, x.width > 0,
      (0..<kernel.y).contains(padding.top), (0..<kernel.x).contains(padding.left)
    else { throw node.fault("its window is not one") }
    var shape = hrn_pool2d_shape()
    shape.blocks = x.blocks
    shape.block = x.block
    (shape.in_height, shape.in_width) = (x.height, x.width)
    (shape.in_row_stride, shape.in_block_stride) = (x.rowStride, x.blockStride)
    (shape.kernel_height, shape.kernel_width) = (try node.int32(kernel.y), try node.int32(kernel.x))
    (shape.stride_y, shape.stride_x) = (try node.int32(stride.y), try node.int32(stride.x))
    (shape.pad_top, shape.pad_left) = (try node.int32(padding.top), try node.int32(padding.left))
    (shape.out_height, shape.out_width) = (y.height, y.width)
    (shape.out_row_stride, shape.out_block_stride) = (y.rowStride, y.blockStride)
    // The last window must begin inside the input: every window holds a tap.
    guard y.channels == x.channels, y.block == x.block, (Int(y.height) - 1) * stride.y - padding.top < Int(x.height),
      (Int(y.width) - 1) * stride.x - padding.left < Int(x.width)
    else { throw node.fault("its output has another shape than its operation gives") }

    let isSplit = plan.split != .none
    switch (input.tensor.elementType, type) {
    case (.float32, .float32):
      if kind == .max { return MaxPoolFloat(kernels, shape, input.floats, output.floats, isSplit: isSplit) }
      return isWhole
        ? AveragePoolFloat(kernels, shape, input.floats, output.floats, isSplit: isSplit)
        : AverageWindowFloat(kernels, shape, input.floats, output.floats, isSplit: isSplit)
    case (.bfloat16, .bfloat16) where !isWhole:
      return kind == .max
        ? MaxPoolBFloat16(kernels, shape, input.halves, output.halves, isSplit: isSplit)
        : AverageWindowBFloat16(kernels, shape, input.halves, output.halves, isSplit: isSplit)
    case (.bfloat16, .float32) where isWhole:
      return AveragePoolBFloat16(kernels, shape, input.halves, output.floats, isSplit: isSplit)
    case (.uint8, .uint8):
      if kind == .max { return MaxPoolInt8(kernels, shape, input.bytes, output.bytes, isSplit: isSplit) }
      return try bindAverage(node, shape, input, output, isWhole: isWhole, isSplit: isSplit)
    default: throw node.unsupported("a pool of \(input.tensor.elementType.name) to \(type.name)")
    }
  }

  private func inputType(_ node: Node) throws(SessionError) -> ElementType {
    guard graph.tensors.indices.contains(node.inputs[0]) else { throw node.fault("its input is not a tensor") }
    return graph.tensors[node.inputs[0]].elementType
  }

  /// An average of bytes, over windows or the whole map.
  private func bindAverage(
    _ node: Node, _ shape: hrn_pool2d_shape, _ input: Place, _ output: Place, isWhole: Bool, isSplit: Bool
  ) throws(SessionError) -> Step {
    let window = Int64(min(shape.kernel_height, shape.in_height)) * Int64(min(shape.kernel_width, shape.in_width))
    guard let multiplier = node.requantization?.poolMultiplier, window * 255 <= Int64(Int32.max) else {
      throw node.fault("an int8 average has a pool multiplier, and a sum that fits 32 bits")
    }
    let (inputZero, zero) = (try input.byteZero(of: node), try output.quantization(of: node).zero)
    guard isWhole else {
      return AverageWindowInt8(
        kernels, shape, input.bytes, output.bytes, inputZero: inputZero, multiplier: multiplier, zero: zero,
        isSplit: isSplit)
    }
    let sums = try scratch(node, bytes: Int(shape.blocks) * Int(shape.block) * 4)
    return AveragePoolInt8(
      kernels, shape, input.bytes, output.bytes, sums: sums.assumingMemoryBound(to: Int32.self),
      offset: Int32(window) * inputZero, multiplier: multiplier, zero: zero, isSplit: isSplit)
  }
}

/// A pool over the blocks of channels.
class PoolStep<Element, Result>: Step {
  final let kernels: UnsafePointer<hrn_kernels>
  final let shape: Arguments<hrn_pool2d_shape>
  final let x: UnsafePointer<Element>
  final let y: UnsafeMutablePointer<Result>
  private let blocks: Int32

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ shape: hrn_pool2d_shape, _ x: UnsafePointer<Element>,
    _ y: UnsafeMutablePointer<Result>, isSplit: Bool
  ) {
    self.kernels = kernels
    self.shape = Arguments(shape)
    self.x = x
    self.y = y
    blocks = shape.blocks
    super.init(items: isSplit ? shape.blocks : 1)
  }

  final override func run(item: Int32) {
    run(blocks: items == 1 ? Extent(all: blocks) : Extent(piece: item, of: 1, count: blocks))
  }

  func run(blocks: Extent) { preconditionFailure("a pool must say how it pools") }
}

final class MaxPoolFloat: PoolStep<Float, Float> {
  override func run(blocks: Extent) { kernels.pointee.max_pool_f32(shape.pointer, x, y, blocks.first, blocks.end) }
}

final class MaxPoolInt8: PoolStep<UInt8, UInt8> {
  override func run(blocks: Extent) { kernels.pointee.max_pool_u8(shape.pointer, x, y, blocks.first, blocks.end) }
}

final class MaxPoolBFloat16: PoolStep<UInt16, UInt16> {
  override func run(blocks: Extent) { kernels.pointee.max_pool_bf16(shape.pointer, x, y, blocks.first, blocks.end) }
}

/// The sums, times `Float(1 / (H · W))`.
final class AveragePoolFloat: PoolStep<Float, Float> {
  override func run(blocks: Extent) {
    kernels.pointee.sum_pool_f32(shape.pointer, x, y, blocks.first, blocks.end)
    divide(y, shape.pointer.pointee, blocks)
  }
}

/// The same of bfloat16, in floats.
final class AveragePoolBFloat16: PoolStep<UInt16, Float> {
  override func run(blocks: Extent) {
    kernels.pointee.sum_pool_bf16(shape.pointer, x, y, blocks.first, blocks.end)
    divide(y, shape.pointer.pointee, blocks)
  }
}

/// Turns sums over a map into averages.
private func divide(_ sums: UnsafeMutablePointer<Float>, _ shape: hrn_pool2d_shape, _ blocks: Extent) {
  let block = Int(shape.block), factor = averageFactor(shape.in_height, shape.in_width)
  for lane in Int(blocks.first) * block..<Int(blocks.end) * block { sums[lane] *= factor }
}

/// `round(Float(Σ x − H·W·zₓ) · multiplier + z)`, clamped to uint8.
final class AveragePoolInt8: PoolStep<UInt8, UInt8> {
  private let sums: UnsafeMutablePointer<Int32>
  private let offset: Int32
  private let multiplier: Float
  private let zero: Float

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ shape: hrn_pool2d_shape, _ x: UnsafePointer<UInt8>,
    _ y: UnsafeMutablePointer<UInt8>, sums: UnsafeMutablePointer<Int32>, offset: Int32, multiplier: Float, zero: Float,
    isSplit: Bool
  ) {
    self.sums = sums
    self.offset = offset
    self.multiplier = multiplier
    self.zero = zero
    super.init(kernels, shape, x, y, isSplit: isSplit)
  }

  override func run(blocks: Extent) {
    kernels.pointee.sum_pool_u8(shape.pointer, x, sums, blocks.first, blocks.end)
    let block = Int(shape.pointer.pointee.block)
    let first = Int(blocks.first) * block, count = Int(blocks.end) * block - first
    let values = floats(inPlaceOf: sums + first, count: count, minus: offset)
    kernels.pointee.quantize_u8(values, multiplier, zero, 0, 255, y + first, Int64(count))
  }
}

/// `average_pool_f32`.
final class AverageWindowFloat: PoolStep<Float, Float> {
  override func run(blocks: Extent) { kernels.pointee.average_pool_f32(shape.pointer, x, y, blocks.first, blocks.end) }
}

/// `average_pool_bf16`.
final class AverageWindowBFloat16: PoolStep<UInt16, UInt16> {
  override func run(blocks: Extent) { kernels.pointee.average_pool_bf16(shape.pointer, x, y, blocks.first, blocks.end) }
}

/// `average_pool_u8`.
final class AverageWindowInt8: PoolStep<UInt8, UInt8> {
  private let inputZero: Int32
  private let multiplier: Float
  private let zero: Float

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ shape: hrn_pool2d_shape, _ x: UnsafePointer<UInt8>,
    _ y: UnsafeMutablePointer<UInt8>, inputZero: Int32, multiplier: Float, zero: Float, isSplit: Bool
  ) {
    self.inputZero = inputZero
    self.multiplier = multiplier
    self.zero = zero
    super.init(kernels, shape, x, y, isSplit: isSplit)
  }

  override func run(blocks: Extent) {
    kernels.pointee.average_pool_u8(
      shape.pointer, x, inputZero, multiplier, y, zero, blocks.first, blocks.end)
  }
}
