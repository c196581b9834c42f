import CHRNKernels
import HRNFormat

/// `conv2d_f32` or `depthwise2d_f32`.
typealias FloatConvolutionKernel =
  @convention(c) (UnsafePointer<hrn_conv2d_f32>?, Int32, Int32, Int32, Int32) -> Void
/// `conv2d_i8` or `depthwise2d_i8`.
typealias Int8ConvolutionKernel = @convention(c) (UnsafePointer<hrn_conv2d_i8>?, Int32, Int32, Int32, Int32) -> Void

/// A float32 convolution.
final class ConvolutionFloat: Step {
  private let kernel: FloatConvolutionKernel
  private let arguments: Arguments<hrn_conv2d_f32>
  private let work: ConvolutionWork

  init(_ kernel: @escaping FloatConvolutionKernel, _ arguments: hrn_conv2d_f32, _ work: ConvolutionWork) {
    self.kernel = kernel
    self.arguments = Arguments(arguments)
    self.work = work
    super.init(items: work.items)
  }

  override func run(item: Int32) {
    let (groups, rows) = work.item(item)
    kernel(arguments.pointer, groups.first, groups.end, rows.first, rows.end)
  }

  override func runAll() {
    work.forEach { groups, rows in kernel(arguments.pointer, groups.first, groups.end, rows.first, rows.end) }
  }
}

/// A float32 convolution with the average over the map: the sums, times `Float(1 / (H · W))`.
final class ConvolutionFloatPooled: Step {
  private let kernel: FloatConvolutionKernel
  private let arguments: Arguments<hrn_conv2d_f32>
  private let work: ConvolutionWork
  private let lanes: Int
  private let factor: Float

  init(_ kernel: @escaping FloatConvolutionKernel, _ arguments: hrn_conv2d_f32, _ work: ConvolutionWork) {
    self.kernel = kernel
    self.arguments = Arguments(arguments)
    self.work = work
    let shape = arguments.shape
    lanes = Lanes.rounded(Int(shape.out_channels))
    factor = averageFactor(shape.out_height, shape.out_width)
    super.init(items: work.items)
  }

  override func run(item: Int32) { run(work.item(item).groups) }
  override func runAll() { work.forEach { groups, _ in run(groups) } }

  private func run(_ groups: Extent) {
    kernel(arguments.pointer, groups.first, groups.end, 0, work.rows)
    let sums = arguments.pointer.pointee.pool_sums!
    let output = arguments.pointer.pointee.output!
    for lane in Int(groups.first * Lanes.perGroup)..<min(Int(groups.end * Lanes.perGroup), lanes) {
      output[lane] = sums[lane] * factor
    }
  }
}

/// An int8 convolution.
final class ConvolutionInt8: Step {
  private let kernel: Int8ConvolutionKernel
  private let arguments: Arguments<hrn_conv2d_i8>
  private let work: ConvolutionWork
  private let border: BorderBytes?

  init(
    _ kernel: @escaping Int8ConvolutionKernel, _ arguments: hrn_conv2d_i8, _ work: ConvolutionWork,
    _ classes: BorderClasses?
  ) {
    self.kernel = kernel
    border = classes.map { BorderBytes($0) }
    self.arguments = Arguments(arguments.with(border))
    self.work = work
    super.init(items: work.items)
  }

  override func run(item: Int32) {
    let (groups, rows) = work.item(item)
    kernel(arguments.pointer, groups.first, groups.end, rows.first, rows.end)
  }

  override func runAll() {
    work.forEach { groups, rows in kernel(arguments.pointer, groups.first, groups.end, rows.first, rows.end) }
  }
}

/// An int8 convolution with the average over the map: `round(Float(Σ v) · multiplier + zero)`, clamped to uint8.
final class ConvolutionInt8Pooled: Step {
  private let kernel: Int8ConvolutionKernel
  private let kernels: UnsafePointer<hrn_kernels>
  private let arguments: Arguments<hrn_conv2d_i8>
  private let work: ConvolutionWork
  private let border: BorderBytes?
  private let lanes: Int
  private let multiplier: Float
  private let zero: Float

  init(
    _ kernel: @escaping Int8ConvolutionKernel, _ kernels: UnsafePointer<hrn_kernels>, _ arguments: hrn_conv2d_i8,
    _ work: ConvolutionWork, _ classes: BorderClasses?, multiplier: Float, zero: Float
  ) {
    self.kernel = kernel
    self.kernels = kernels
    border = classes.map { BorderBytes($0) }
    self.arguments = Arguments(arguments.with(border))
    self.work = work
    lanes = Lanes.rounded(Int(arguments.shape.out_channels))
    self.multiplier = multiplier
    self.zero = zero
    super.init(items: work.items)
  }

  override func run(item: Int32) { run(work.item(item).groups) }
  override func runAll() { work.forEach { groups, _ in run(groups) } }

  private func run(_ groups: Extent) {
    kernel(arguments.pointer, groups.first, groups.end, 0, work.rows)
    let first = Int(groups.first * Lanes.perGroup)
    let count = min(Int(groups.end * Lanes.perGroup), lanes) - first
    let values = floats(inPlaceOf: arguments.pointer.pointee.pool_sums! + first, count: count, minus: 0)
    kernels.pointee.quantize_u8(
      values, multiplier, zero, 0, 255, arguments.pointer.pointee.output! + first, Int64(count))
  }
}

/// The class maps as the kernel reads them, a byte per output row and column.
final class BorderBytes {
  let rows: UnsafeMutablePointer<UInt8>
  let columns: UnsafeMutablePointer<UInt8>

  init(_ classes: BorderClasses) {
    rows = Self.bytes(classes.rows.classOf)
    columns = Self.bytes(classes.columns.classOf)
  }

  deinit {
    rows.deallocate()
    columns.deallocate()
  }

  private static func bytes(_ classes: [Int]) -> UnsafeMutablePointer<UInt8> {
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: classes.count)
    for (position, name) in classes.enumerated() { bytes[position] = UInt8(name) }
    return bytes
  }
}

extension hrn_conv2d_i8 {
  fileprivate func with(_ border: BorderBytes?) -> hrn_conv2d_i8 {
    var copy = self
    copy.row_class = UnsafePointer(border?.rows)
    copy.column_class = UnsafePointer(border?.columns)
    return copy
  }
}

/// `Float(1 / (H · W))`, what a sum over a map is multiplied with to be its average.
func averageFactor(_ height: Int32, _ width: Int32) -> Float { 1 / Float(Int64(height) * Int64(width)) }

/// Turns int32 sums, less an offset, into floats in the same memory.
func floats(
  inPlaceOf sums: UnsafeMutablePointer<Int32>, count: Int, minus offset: Int32
) -> UnsafeMutablePointer<Float> {
  let memory = UnsafeMutableRawPointer(sums)
  for i in 0..<count {
    let sum = memory.load(fromByteOffset: 4 * i, as: Int32.self)
    memory.storeBytes(of: Float(sum &- offset), toByteOffset: 4 * i, as: Float.self)
  }
  return memory.assumingMemoryBound(to: Float.self)
}
