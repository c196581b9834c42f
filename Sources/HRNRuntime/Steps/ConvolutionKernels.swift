import CHRNKernels
import HRNFormat

/// The kernels of a convolution on its arguments, whatever its precision.
struct ConvolutionKernels {
  typealias Bytes = @convention(c) (UnsafePointer<hrn_conv2d_shape>?, Int32) -> hrn_winograd_bytes

  /// Computes groups and rows from the input as it lies.
  let direct: (_ groups: Extent, _ rows: Extent) -> Void
  /// Nil where the direct kernel is as good.
  let winograd: WinogradKernels?
  /// What Winograd takes for a number of rows.
  let winogradBytes: Bytes
  /// Output rows and columns below which the direct kernel is as good.
  let winogradLeast: Int32

  init<Parameters, Transformed>(
    _ arguments: Arguments<Parameters>,
    direct: @escaping (UnsafePointer<Parameters>?, Int32, Int32, Int32, Int32) -> Void,
    transform: (
      (UnsafePointer<Parameters>?, Int32, Int32, Int32, Int32, UnsafeMutablePointer<Transformed>?) -> Void
    )?,
    multiply: (
      (
        UnsafePointer<Parameters>?, Int32, Int32, Int32, Int32, UnsafePointer<Transformed>?, UnsafeMutableRawPointer?
      ) -> Void
    )?,
    winogradBytes: @escaping Bytes, winogradLeast: Int32 = 0
  ) {
    self.direct = { groups, rows in direct(arguments.pointer, groups.first, groups.end, rows.first, rows.end) }
    self.winogradBytes = winogradBytes
    self.winogradLeast = winogradLeast
    guard let transform, let multiply else {
      winograd = nil
      return
    }
    winograd = WinogradKernels(
      transform: { blocks, rows, input in
        transform(
          arguments.pointer, blocks.first, blocks.end, rows.first, rows.end,
          input.assumingMemoryBound(to: Transformed.self))
      },
      multiply: { groups, rows, input, scratch in
        multiply(
          arguments.pointer, groups.first, groups.end, rows.first, rows.end,
          input.assumingMemoryBound(to: Transformed.self), scratch)
      })
  }
}

/// The kernels of a convolution by Winograd on its arguments, of either form.
struct WinogradKernels {
  /// Transforms blocks of the input of these rows.
  let transform: (_ blocks: Extent, _ rows: Extent, _ input: UnsafeMutableRawPointer) -> Void
  /// Computes groups of these rows from their transformed input.
  let multiply:
    (_ groups: Extent, _ rows: Extent, _ input: UnsafeMutableRawPointer, _ scratch: UnsafeMutableRawPointer) -> Void
}

/// The rows and groups of a convolution, by whichever algorithm its plan names.
enum ConvolutionCompute {
  case direct((_ groups: Extent, _ rows: Extent) -> Void)
  /// By Winograd, all rows transformed by a `WinogradTransform` before.
  case shared(WinogradKernels, WorkingMemory)
  /// By Winograd, each thread transforming the rows that it computes.
  case own(WinogradKernels, WorkingMemory, blocks: Extent)

  func callAsFunction(_ groups: Extent, _ rows: Extent, worker: Int32) {
    switch self {
    case .direct(let kernel): kernel(groups, rows)
    case .shared(let kernels, let memory): kernels.multiply(groups, rows, memory.shared, memory.scratch(of: worker))
    case .own(let kernels, let memory, let blocks):
      let transformed = memory.input(of: worker)
      kernels.transform(blocks, rows, transformed)
      kernels.multiply(groups, rows, transformed, memory.scratch(of: worker))
    }
  }
}

/// The whole input of a convolution by Winograd, transformed: an item is a block of channels.
final class WinogradTransform: Step {
  private let kernels: WinogradKernels
  private let rows: Extent
  private let memory: WorkingMemory

  init(_ kernels: WinogradKernels, blocks: Int32, rows: Int32, _ memory: WorkingMemory) {
    self.kernels = kernels
    self.rows = Extent(all: rows)
    self.memory = memory
    super.init(items: blocks)
  }

  override func run(item: Int32, worker: Int32) {
    kernels.transform(Extent(piece: item, of: 1, count: items), rows, memory.shared)
  }
}
