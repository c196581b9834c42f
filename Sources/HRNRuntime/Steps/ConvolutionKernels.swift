import CHRNKernels
import HRNFormat

/// The kernels that compute convolutions of one precision.
protocol ConvolutionKernels {
  associatedtype Parameters

  /// Computes groups and rows from the input as it lies.
  func direct(_ parameters: UnsafePointer<Parameters>, _ groups: Extent, _ rows: Extent)
  /// Transforms blocks of the input of these rows, for Winograd.
  func transform(
    _ parameters: UnsafePointer<Parameters>, _ blocks: Extent, _ rows: Extent, into input: UnsafeMutableRawPointer)
  /// Computes groups of these rows from their transformed input.
  func multiply(
    _ parameters: UnsafePointer<Parameters>, _ groups: Extent, _ rows: Extent, _ input: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer)
  /// What Winograd takes for this many rows; nil where there are no kernels for it.
  func winogradBytes(_ shape: hrn_conv2d_shape, rows: Int32) -> hrn_winograd_bytes?
}

/// uint8 activations and int8 weights.
struct Int8ConvolutionKernels: ConvolutionKernels {
  let kernels: UnsafePointer<hrn_kernels>
  let isDepthwise: Bool

  func direct(_ parameters: UnsafePointer<hrn_conv2d_i8>, _ groups: Extent, _ rows: Extent) {
    let kernel = isDepthwise ? kernels.pointee.depthwise2d_i8 : kernels.pointee.conv2d_i8
    kernel!(parameters, groups.first, groups.end, rows.first, rows.end)
  }

  func transform(
    _ parameters: UnsafePointer<hrn_conv2d_i8>, _ blocks: Extent, _ rows: Extent, into input: UnsafeMutableRawPointer
  ) {
    kernels.pointee.winograd_input_i8!(
      parameters, blocks.first, blocks.end, rows.first, rows.end, input.assumingMemoryBound(to: Int16.self))
  }

  func multiply(
    _ parameters: UnsafePointer<hrn_conv2d_i8>, _ groups: Extent, _ rows: Extent, _ input: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer
  ) {
    kernels.pointee.winograd_i8!(
      parameters, groups.first, groups.end, rows.first, rows.end, input.assumingMemoryBound(to: Int16.self), scratch)
  }

  func winogradBytes(_ shape: hrn_conv2d_shape, rows: Int32) -> hrn_winograd_bytes? {
    guard kernels.pointee.winograd_i8 != nil else { return nil }
    var shape = shape
    return hrn_winograd_i8_bytes(&shape, rows)
  }
}

/// float32 activations and weights.
struct FloatConvolutionKernels: ConvolutionKernels {
  let kernels: UnsafePointer<hrn_kernels>
  let isDepthwise: Bool

  func direct(_ parameters: UnsafePointer<hrn_conv2d_f32>, _ groups: Extent, _ rows: Extent) {
    let kernel = isDepthwise ? kernels.pointee.depthwise2d_f32 : kernels.pointee.conv2d_f32
    kernel!(parameters, groups.first, groups.end, rows.first, rows.end)
  }

  func transform(
    _ parameters: UnsafePointer<hrn_conv2d_f32>, _ blocks: Extent, _ rows: Extent, into input: UnsafeMutableRawPointer
  ) {
    kernels.pointee.winograd_input_f32!(
      parameters, blocks.first, blocks.end, rows.first, rows.end, input.assumingMemoryBound(to: Float.self))
  }

  func multiply(
    _ parameters: UnsafePointer<hrn_conv2d_f32>, _ groups: Extent, _ rows: Extent, _ input: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer
  ) {
    kernels.pointee.winograd_f32!(
      parameters, groups.first, groups.end, rows.first, rows.end, input.assumingMemoryBound(to: Float.self), scratch)
  }

  func winogradBytes(_ shape: hrn_conv2d_shape, rows: Int32) -> hrn_winograd_bytes? {
    var shape = shape
    return hrn_winograd_f32_bytes(&shape, rows)
  }
}

/// bfloat16 activations and weights.
struct BFloat16ConvolutionKernels: ConvolutionKernels {
  let kernels: UnsafePointer<hrn_kernels>
  let isDepthwise: Bool

  func direct(_ parameters: UnsafePointer<hrn_conv2d_bf16>, _ groups: Extent, _ rows: Extent) {
    let kernel = isDepthwise ? kernels.pointee.depthwise2d_bf16 : kernels.pointee.conv2d_bf16
    kernel!(parameters, groups.first, groups.end, rows.first, rows.end)
  }

  func transform(
    _ parameters: UnsafePointer<hrn_conv2d_bf16>, _ blocks: Extent, _ rows: Extent, into input: UnsafeMutableRawPointer
  ) {
    kernels.pointee.winograd_input_bf16!(
      parameters, blocks.first, blocks.end, rows.first, rows.end, input.assumingMemoryBound(to: Float.self))
  }

  func multiply(
    _ parameters: UnsafePointer<hrn_conv2d_bf16>, _ groups: Extent, _ rows: Extent, _ input: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer
  ) {
    kernels.pointee.winograd_bf16!(
      parameters, groups.first, groups.end, rows.first, rows.end, input.assumingMemoryBound(to: Float.self), scratch)
  }

  func winogradBytes(_ shape: hrn_conv2d_shape, rows: Int32) -> hrn_winograd_bytes? {
    var shape = shape
    return hrn_winograd_f32_bytes(&shape, rows)
  }
}

/// The rows and groups of a convolution, by whichever algorithm its plan names.
struct ConvolutionCompute<Kernels: ConvolutionKernels> {
  /// Where Winograd's transformed input comes from.
  private enum Input {
    /// Nothing is transformed.
    case direct
    /// All rows are, by a `WinogradTransform` before.
    case shared(WorkingMemory)
    /// Each thread transforms the rows that it computes.
    case own(WorkingMemory, blocks: Extent)
  }

  let kernels: Kernels
  let arguments: Arguments<Kernels.Parameters>
  private var input = Input.direct

  init(_ kernels: Kernels, _ parameters: Kernels.Parameters) {
    self.kernels = kernels
    arguments = Arguments(parameters)
  }

  /// Computes by Winograd from now on, and reserves what that takes.
  ///
  /// - Returns: the step that must run before, or nil where there is none.
  mutating func useWinograd(
    _ shape: hrn_conv2d_shape, _ work: ConvolutionWork, _ memory: WorkingMemory
  ) -> Step? {
    let isShared = work.split == .groups
    guard let bytes = kernels.winogradBytes(shape, rows: isShared ? work.rows : work.band) else { return nil }
    let blocks = Extent(all: shape.in_blocks)
    guard isShared else {
      memory.reserve(shared: 0, worker: Int(bytes.input), Int(bytes.scratch))
      input = .own(memory, blocks: blocks)
      return nil
    }
    memory.reserve(shared: Int(bytes.input), worker: 0, Int(bytes.scratch))
    input = .shared(memory)
    return WinogradTransform(kernels, arguments, blocks: shape.in_blocks, rows: work.rows, memory)
  }

  func callAsFunction(_ groups: Extent, _ rows: Extent, worker: Int32) {
    switch input {
    case .direct: kernels.direct(arguments.pointer, groups, rows)
    case .shared(let memory):
      kernels.multiply(arguments.pointer, groups, rows, memory.shared, scratch: memory.scratch(of: worker))
    case .own(let memory, let blocks):
      let transformed = memory.input(of: worker)
      kernels.transform(arguments.pointer, blocks, rows, into: transformed)
      kernels.multiply(arguments.pointer, groups, rows, transformed, scratch: memory.scratch(of: worker))
    }
  }
}

/// The whole input of a convolution by Winograd, transformed: an item is a block of channels.
final class WinogradTransform<Kernels: ConvolutionKernels>: Step {
  private let kernels: Kernels
  private let arguments: Arguments<Kernels.Parameters>
  private let rows: Extent
  private let memory: WorkingMemory

  init(
    _ kernels: Kernels, _ arguments: Arguments<Kernels.Parameters>, blocks: Int32, rows: Int32, _ memory: WorkingMemory
  ) {
    self.kernels = kernels
    self.arguments = arguments
    self.rows = Extent(all: rows)
    self.memory = memory
    super.init(items: blocks)
  }

  override func run(item: Int32, worker: Int32) {
    kernels.transform(arguments.pointer, Extent(piece: item, of: 1, count: items), rows, into: memory.shared)
  }
}
