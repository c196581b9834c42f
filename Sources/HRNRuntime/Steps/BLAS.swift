import CHRNBLAS
import CHRNKernels

/// Memory that the BLAS steps of a session share: one of them runs at a time.
final class BLASMemory {
  /// Positions of a map that are unfolded at a time, where a row has fewer.
  static let positions = 512
  /// Unfolded windows, or products, may take this many bytes; real networks take some ten million.
  static let byteLimit = 1 << 30

  /// Unfolded windows, a row for each position.
  private(set) var columns = UnsafeMutablePointer<Float>.allocate(capacity: 1)
  /// Their products with the weights.
  private(set) var products = UnsafeMutablePointer<Float>.allocate(capacity: 1)
  private var columnCount = 1
  private var productCount = 1

  init(threads: Int) { hrn_blas_set_threads(Int32(threads)) }

  deinit {
    columns.deallocate()
    products.deallocate()
  }

  /// Makes room for so many elements per position; only while steps are bound.
  ///
  /// - Throws: `memory` where they would take more than the limit.
  func reserve(positions: Int, depth: Int, lanes: Int) throws(SessionError) {
    let limit = Self.byteLimit / 4
    guard let columns = checkedProduct(positions, depth), let products = checkedProduct(positions, lanes),
      columns <= limit, products <= limit
    else { throw SessionError(.memory(bytes: checkedProduct(checkedProduct(positions, max(depth, lanes)), 4) ?? .max)) }
    if columns > columnCount {
      self.columns.deallocate()
      self.columns = .allocate(capacity: columns)
      columnCount = columns
    }
    if products > productCount {
      self.products.deallocate()
      self.products = .allocate(capacity: products)
      productCount = products
    }
  }
}

/// Weights unpacked to one row-major matrix `[depth][lanes]`, whose rows are in packed order.
private final class PlainWeights {
  let pointer: UnsafeMutablePointer<Float>

  init(_ packed: UnsafePointer<Float>, depth: Int, lanes: Int) {
    pointer = .allocate(capacity: max(depth * lanes, 1))
    let group = Int(Lanes.perGroup)
    for first in stride(from: 0, to: lanes, by: group) {
      let width = min(group, lanes - first)
      for k in 0..<depth {
        (pointer + k * lanes + first).initialize(from: packed + first * depth + k * width, count: width)
      }
    }
  }

  deinit { pointer.deallocate() }
}

/// A float32 convolution as products of matrices: windows are unfolded, some rows of the output at a time.
final class ConvolutionBLAS: Step {
  private let memory: BLASMemory
  private let arguments: hrn_conv2d_f32
  private let weights: PlainWeights
  private let depth: Int
  private let lanes: Int
  /// Output rows at a time.
  private let band: Int

  /// - Throws: `memory` where the unfolded windows would take more than the backend may.
  init(_ memory: BLASMemory, _ arguments: hrn_conv2d_f32) throws(SessionError) {
    self.memory = memory
    self.arguments = arguments
    let shape = arguments.shape
    depth = Int(shape.in_blocks) * Int(shape.kernel_height) * Int(shape.kernel_width) * Int(shape.in_block)
    lanes = Lanes.rounded(Int(shape.out_channels))
    band = max(1, BLASMemory.positions / Int(shape.out_width))
    try memory.reserve(positions: band * Int(shape.out_width), depth: depth, lanes: lanes)
    weights = PlainWeights(arguments.weights, depth: depth, lanes: lanes)
    super.init(items: 1)
  }

  override func run(item: Int32) {
    let shape = arguments.shape
    let (height, width) = (Int(shape.out_height), Int(shape.out_width))
    if let sums = arguments.pool_sums { sums.update(repeating: 0, count: lanes) }
    var row = 0
    while row < height {
      let rows = min(band, height - row)
      for y in 0..<rows {
        for x in 0..<width { unfold(row + y, x, to: memory.columns + (y * width + x) * depth) }
      }
      hrn_blas_sgemm(
        0, 0, Int32(rows * width), Int32(lanes), Int32(depth), 1, memory.columns, Int32(depth), weights.pointer,
        Int32(lanes), 0, memory.products, Int32(lanes))
      for y in 0..<rows {
        for x in 0..<width { finish(row + y, x, memory.products + (y * width + x) * lanes) }
      }
      row += rows
    }
    guard let sums = arguments.pool_sums, let output = arguments.output else { return }
    let factor = averageFactor(shape.out_height, shape.out_width)
    for lane in 0..<lanes { output[lane] = sums[lane] * factor }
  }

  /// Writes the window of an output position, in the order of packed weights; taps outside the input are zero.
  private func unfold(_ oy: Int, _ ox: Int, to column: UnsafeMutablePointer<Float>) {
    let shape = arguments.shape
    let block = Int(shape.in_block)
    let top = oy * Int(shape.stride_y) - Int(shape.pad_top), left = ox * Int(shape.stride_x) - Int(shape.pad_left)
    var place = column
    for inputBlock in 0..<Int(shape.in_blocks) {
      let input = arguments.input + inputBlock * Int(shape.in_block_stride)
      for ky in 0..<Int(shape.kernel_height) {
        for kx in 0..<Int(shape.kernel_width) {
          let (iy, ix) = (top + ky * Int(shape.dilation_y), left + kx * Int(shape.dilation_x))
          if iy >= 0, iy < Int(shape.in_height), ix >= 0, ix < Int(shape.in_width) {
            place.update(from: input + iy * Int(shape.in_row_stride) + ix * Int(shape.in_pixel_stride), count: block)
          } else {
            place.update(repeating: 0, count: block)
          }
          place += block
        }
      }
    }
  }

  /// Bias, residual, activation, and to where the output lies.
  private func finish(_ oy: Int, _ ox: Int, _ products: UnsafePointer<Float>) {
    let shape = arguments.shape
    let block = Int(shape.out_block)
    let position = oy * Int(shape.out_row_stride) + ox * block
    for lane in 0..<lanes {
      let place = lane / block * Int(shape.out_block_stride) + position + lane % block
      var y = products[lane] + arguments.bias[lane]
      if let residual = arguments.residual { y += residual[place] }
      y = min(max(y, arguments.low), arguments.high)
      if let sums = arguments.pool_sums { sums[lane] += y } else { arguments.output[place] = y }
    }
  }
}

/// A float32 linear as a product with a matrix.
final class LinearBLAS: Step {
  private let kernels: UnsafePointer<hrn_kernels>
  private let parts: LinearParts
  private let input: UnsafePointer<Float>
  private let weights: PlainWeights
  private let bias: UnsafePointer<Float>
  private let sums: UnsafeMutablePointer<Float>
  private let output: UnsafeMutablePointer<Float>

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ parts: LinearParts, input: UnsafePointer<Float>,
    weights: UnsafePointer<Float>, bias: UnsafePointer<Float>, sums: UnsafeMutablePointer<Float>,
    output: UnsafeMutablePointer<Float>
  ) {
    self.kernels = kernels
    self.parts = parts
    self.input = input
    self.weights = PlainWeights(weights, depth: parts.packedDepth, lanes: parts.lanes)
    self.bias = bias
    self.sums = sums
    self.output = output
    super.init(items: 1)
  }

  override func run(item: Int32) {
    let lanes = Int32(parts.lanes)
    sums.update(from: bias, count: parts.lanes)
    hrn_blas_sgemm(0, 0, 1, lanes, parts.depth, 1, input, parts.depth, weights.pointer, lanes, 1, sums, lanes)
    finishLinear(parts, kernels, from: sums, to: output, 0, Int64(parts.outputs))
  }
}
