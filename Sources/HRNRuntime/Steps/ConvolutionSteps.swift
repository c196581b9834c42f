import CHRNKernels
import HRNFormat

/// A convolution whose kernels leave nothing to do.
final class ConvolutionStep<Kernels: ConvolutionKernels>: Step {
  private let compute: ConvolutionCompute<Kernels>
  private let work: ConvolutionWork
  private let border: BorderBytes?

  /// - Parameter border: kept for the kernels, which know where it lies.
  init(_ compute: ConvolutionCompute<Kernels>, _ work: ConvolutionWork, _ border: BorderBytes? = nil) {
    self.compute = compute
    self.work = work
    self.border = border
    super.init(items: work.items)
  }

  override func run(item: Int32, worker: Int32) {
    let (groups, rows) = work.item(item)
    compute(groups, rows, worker: worker)
  }

  override func runAll() {
    work.forEach { groups, rows in compute(groups, rows, worker: 0) }
  }
}

/// A convolution of floats with the average over the map: the sums, times `Float(1 / (H · W))`.
final class ConvolutionFloatPooled<Kernels: ConvolutionKernels>: Step {
  private let compute: ConvolutionCompute<Kernels>
  private let work: ConvolutionWork
  private let sums: UnsafePointer<Float>
  private let output: UnsafeMutablePointer<Float>
  private let lanes: Int
  private let factor: Float

  init(
    _ compute: ConvolutionCompute<Kernels>, _ work: ConvolutionWork, _ shape: hrn_conv2d_shape,
    sums: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) {
    self.compute = compute
    self.work = work
    self.sums = sums
    self.output = output
    lanes = Lanes.rounded(Int(shape.out_channels))
    factor = averageFactor(shape.out_height, shape.out_width)
    super.init(items: work.items)
  }

  override func run(item: Int32, worker: Int32) { run(work.item(item).groups, worker) }
  override func runAll() { work.forEach { groups, _ in run(groups, 0) } }

  private func run(_ groups: Extent, _ worker: Int32) {
    compute(groups, Extent(all: work.rows), worker: worker)
    for lane in Int(groups.first * Lanes.perGroup)..<min(Int(groups.end * Lanes.perGroup), lanes) {
      output[lane] = sums[lane] * factor
    }
  }
}

/// An int8 convolution with the average over the map.
final class ConvolutionInt8Pooled: Step {
  private let compute: ConvolutionCompute<Int8ConvolutionKernels>
  private let work: ConvolutionWork
  private let border: BorderBytes?
  private let output: PooledOutput

  init(
    _ compute: ConvolutionCompute<Int8ConvolutionKernels>, _ work: ConvolutionWork, _ border: BorderBytes?,
    _ output: PooledOutput
  ) {
    self.compute = compute
    self.work = work
    self.border = border
    self.output = output
    super.init(items: work.items)
  }

  override func run(item: Int32, worker: Int32) { run(work.item(item).groups, worker) }
  override func runAll() { work.forEach { groups, _ in run(groups, 0) } }

  private func run(_ groups: Extent, _ worker: Int32) {
    compute(groups, Extent(all: work.rows), worker: worker)
    output.write(groups, compute.arguments.pointer.pointee.pool_sums, compute.kernels.kernels)
  }
}

/// The average of a pooled int8 convolution: `round(Float(Σ v) · multiplier + zero)`, clamped to uint8.
struct PooledOutput {
  private let lanes: Int
  private let multiplier: Float
  private let zero: Float
  private let output: UnsafeMutablePointer<UInt8>

  init(_ parts: Binder.ConvolutionParts, multiplier: Float, zero: Float) {
    lanes = parts.lanes
    output = parts.output.bytes
    self.multiplier = multiplier
    self.zero = zero
  }

  /// Makes the outputs of some groups from their sums, in whose memory it works.
  func write(_ groups: Extent, _ sums: UnsafeMutablePointer<Int32>, _ kernels: UnsafePointer<hrn_kernels>) {
    let first = Int(groups.first * Lanes.perGroup)
    let count = min(Int(groups.end * Lanes.perGroup), lanes) - first
    let values = floats(inPlaceOf: sums + first, count: count, minus: 0)
    kernels.pointee.quantize_u8(values, multiplier, zero, 0, 255, output + first, Int64(count))
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
