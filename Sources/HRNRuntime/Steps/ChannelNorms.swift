import CHRNKernels
import HRNFormat

/// `y = f(x · scale[c] + shift[c])`, block after block of channels.
final class ScaleShiftFloat: Step {
  private let kernels: UnsafePointer<hrn_kernels>
  private let x: UnsafePointer<Float>
  private let scale: UnsafePointer<Float>
  private let shift: UnsafePointer<Float>
  private let y: UnsafeMutablePointer<Float>
  private let block: Int
  private let positions: Int
  private let function: ElementFunction

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ x: UnsafePointer<Float>, _ scale: UnsafePointer<Float>,
    _ shift: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, block: Int, positions: Int, count: Int,
    _ function: ElementFunction
  ) {
    (self.kernels, self.x, self.scale, self.shift, self.y) = (kernels, x, scale, shift, y)
    (self.block, self.positions, self.function) = (block, positions, function)
    super.init(items: Int32(count / (block * positions)))
  }

  override func run(item: Int32) {
    let (lane, first) = (Int(item) * block, Int(item) * block * positions)
    kernels.pointee.scale_shift_f32(
      x + first, scale + lane, shift + lane, y + first, Int32(block), Int64(positions))
    function.apply(y + first, y + first, Int64(block * positions))
  }
}

/// `y = round(clamp(float(x) · scale[c] + shift[c], low, high))`, block after block of channels.
final class ScaleShiftInt8: Step {
  private let kernels: UnsafePointer<hrn_kernels>
  private let x: UnsafePointer<UInt8>
  private let scale: UnsafePointer<Float>
  private let shift: UnsafePointer<Float>
  private let y: UnsafeMutablePointer<UInt8>
  private let block: Int
  private let positions: Int
  private let low: Float
  private let high: Float

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ x: UnsafePointer<UInt8>, _ scale: UnsafePointer<Float>,
    _ shift: UnsafePointer<Float>, _ y: UnsafeMutablePointer<UInt8>, block: Int, positions: Int, count: Int,
    _ low: Float, _ high: Float
  ) {
    (self.kernels, self.x, self.scale, self.shift, self.y) = (kernels, x, scale, shift, y)
    (self.block, self.positions, self.low, self.high) = (block, positions, low, high)
    super.init(items: Int32(count / (block * positions)))
  }

  override func run(item: Int32) {
    let (lane, first) = (Int(item) * block, Int(item) * block * positions)
    kernels.pointee.scale_shift_u8(
      x + first, scale + lane, shift + lane, low, high, y + first, Int32(block), Int64(positions))
  }
}

/// Local response normalization over the channels of a map or a vector.
final class NeighbourNorm: Step {
  private let kernels: UnsafePointer<hrn_kernels>
  private let x: UnsafePointer<Float>
  private let y: Channels
  private let norm: LocalResponseNorm
  private let size: Int32
  private let spare: Arguments<hrn_channel_copy>

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ x: UnsafePointer<Float>, _ y: Channels, _ norm: LocalResponseNorm,
    size: Int32
  ) {
    (self.kernels, self.x, self.y, self.norm, self.size) = (kernels, x, y, norm, size)
    spare = ChannelCopy.Part(clearing: y).shape
    super.init(items: 1)
  }

  override func run(item: Int32) {
    kernels.pointee.local_response_norm_f32(
      x, y.channels, y.height, y.width, y.layout, size, norm.alpha, norm.beta, norm.bias, y.place.floats)
    kernels.pointee.copy_channels_f32(spare.pointer, nil, y.place.floats)
  }
}

/// Scores of a tree's nodes, made to agree upwards or downwards.
final class TreeConstraintFloat: Step {
  private let kernels: UnsafePointer<hrn_kernels>
  private let kind: ConstraintKind
  private let parents: [Int32]
  private let x: UnsafePointer<Float>
  private let y: UnsafeMutablePointer<Float>

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ kind: ConstraintKind, _ parents: [Int32], _ x: UnsafePointer<Float>,
    _ y: UnsafeMutablePointer<Float>
  ) {
    (self.kernels, self.kind, self.parents, self.x, self.y) = (kernels, kind, parents, x, y)
    super.init(items: 1)
  }

  override func run(item: Int32) {
    parents.withUnsafeBufferPointer { parents in
      let count = Int64(parents.count)
      switch kind {
      case .max: kernels.pointee.tree_max_f32(x, parents.baseAddress, y, count)
      case .min: kernels.pointee.tree_min_f32(x, parents.baseAddress, y, count)
      }
    }
  }
}
