import CHRNKernels
import HRNFormat

/// A convolution whose kernels leave nothing to do.
final class ConvolutionStep: Step {
  private let compute: ConvolutionCompute
  private let work: ConvolutionWork

  init(_ compute: ConvolutionCompute, _ work: ConvolutionWork) {
    self.compute = compute
    self.work = work
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

/// A convolution with the average over the map, which is taken of the sums of its kernels.
final class ConvolutionPooled<Average: PooledAverage>: Step {
  private let compute: ConvolutionCompute
  private let work: ConvolutionWork
  private let average: Average

  init(_ compute: ConvolutionCompute, _ work: ConvolutionWork, _ average: Average) {
    self.compute = compute
    self.work = work
    self.average = average
    super.init(items: work.items)
  }

  override func run(item: Int32, worker: Int32) { run(work.item(item).groups, worker) }
  override func runAll() { work.forEach { groups, _ in run(groups, 0) } }

  private func run(_ groups: Extent, _ worker: Int32) {
    compute(groups, Extent(all: work.rows), worker: worker)
    average.write(Int(groups.first * Lanes.perGroup)..<min(Int(groups.end * Lanes.perGroup), average.lanes))
  }
}

/// What a pooled convolution makes of its sums.
protocol PooledAverage {
  /// Output channels, rounded up to whole vectors.
  var lanes: Int { get }
  /// Makes the outputs of some lanes from their sums, in whose memory it may work.
  func write(_ lanes: Range<Int>)
}

/// The average of a pooled convolution of floats: the sums, times `Float(1 / (H · W))`.
struct PooledFloatAverage: PooledAverage {
  let lanes: Int
  private let sums: UnsafePointer<Float>
  private let output: UnsafeMutablePointer<Float>
  private let factor: Float

  init(_ parts: Binder.ConvolutionParts, sums: UnsafePointer<Float>) {
    lanes = parts.lanes
    output = parts.output.floats
    factor = averageFactor(parts.shape.out_height, parts.shape.out_width)
    self.sums = sums
  }

  func write(_ lanes: Range<Int>) {
    for lane in lanes { output[lane] = sums[lane] * factor }
  }
}

/// The average of a pooled int8 convolution: `round(Float(Σ v) · multiplier + zero)`, clamped to uint8.
struct PooledInt8Average: PooledAverage {
  let lanes: Int
  private let kernels: UnsafePointer<hrn_kernels>
  private let sums: UnsafeMutablePointer<Int32>
  private let multiplier: Float
  private let zero: Float
  private let output: UnsafeMutablePointer<UInt8>

  init(
    _ parts: Binder.ConvolutionParts, sums: UnsafeMutablePointer<Int32>, multiplier: Float, zero: Float,
    _ kernels: UnsafePointer<hrn_kernels>
  ) {
    lanes = parts.lanes
    output = parts.output.bytes
    self.kernels = kernels
    self.sums = sums
    self.multiplier = multiplier
    self.zero = zero
  }

  func write(_ lanes: Range<Int>) {
    let first = lanes.lowerBound
    let values = floats(inPlaceOf: sums + first, count: lanes.count, minus: 0)
    kernels.pointee.quantize_u8(values, multiplier, zero, 0, 255, output + first, Int64(lanes.count))
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
