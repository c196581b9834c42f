import CHRNKernels
import HRNFormat

/// An int8 convolution by the runtime's kernels: the bytes of `Int8Convolution`, many times sooner.
///
/// A map `[H][W][C]` is read as one block of its channels, rounded up to whole lanes: those past the last are the next
/// pixel's, and meet weights of zero. What is written has whole lanes.
final class KernelConvolution {
  private let parts: Int8ConvolutionParts
  private let constants = KernelConstants()
  private var arguments = hrn_conv2d_i8()

  /// - Returns: nil where the kernels have another form of it: in groups, or with more classes than a byte counts.
  init?(_ parts: Int8ConvolutionParts, _ convolution: Convolution) {
    guard convolution.groups == 1, (parts.rowClass + parts.columnClass).allSatisfy({ $0 <= UInt8.max }) else {
      return nil
    }
    self.parts = parts
    let packing = WeightPacking.convolution(
      parts.shape, convolution, channelBlock: parts.window.channels.roundedUp(to: WeightPacking.laneStep), .int8)
    arguments.shape = parts.window.kernelShape(outputs: parts.outputs)
    arguments.weights = constants.keep(packing.pack(parts.weights))
    arguments.bias = constants.keep(WeightPacking.packPerLane(parts.bias, outputs: parts.outputs))
    arguments.multiplier = constants.keep(WeightPacking.packPerLane(parts.multiplier, outputs: parts.outputs))
    arguments.row_class = constants.keep(parts.rowClass.map { UInt8($0) })
    arguments.column_class = constants.keep(parts.columnClass.map { UInt8($0) })
    arguments.column_classes = Int32(parts.columnClasses)
    if let residual = parts.residual {
      (arguments.residual_zero, arguments.residual_multiplier) = (residual.zero, residual.multiplier)
    }
    (arguments.low, arguments.high, arguments.output_zero) = (parts.low, parts.high, parts.outputZero)
    if let pool = parts.pool { (arguments.low, arguments.high, arguments.output_zero) = (0, pool.high, 0) }
  }

  func evaluate(_ inputs: [Int8Reference.Value]) -> Int8Reference.Value {
    let (outputs, lanes) = (parts.outputs, parts.outputs.roundedUp(to: WeightPacking.laneStep))
    let residual = inputs.dropFirst().first.map { WeightPacking.packPerLane($0.bytes, outputs: outputs) }
    var result = [UInt8](repeating: 0, count: parts.pool == nil ? parts.window.positions * lanes : 0)
    var sums = [Int32](repeating: 0, count: lanes)
    withLanes(of: inputs[0].bytes) { input in
      result.withUnsafeMutableBufferPointer { result in
        sums.withUnsafeMutableBufferPointer { sums in
          (residual ?? []).withUnsafeBufferPointer { added in
            var call = arguments
            call.input = input
            call.residual = residual == nil ? nil : added.baseAddress
            if parts.pool == nil { call.output = result.baseAddress } else { call.pool_sums = sums.baseAddress }
            KernelConstants.kernels.conv2d_i8(
              &call, 0, Int32((outputs + WeightPacking.groupLanes - 1) / WeightPacking.groupLanes), 0,
              call.shape.out_height)
          }
        }
      }
    }
    return parts.pool?.average(sums.prefix(outputs))
      ?? .uint8(WeightPacking.unpackPerLane(result, outputs: outputs))
  }
}

/// A convolution by Winograd in 8 bits by the runtime's kernels: the bytes of `Int8Winograd8`, many times sooner.
final class KernelWinograd8 {
  private let parts: Winograd8Parts
  private let constants = KernelConstants()
  private var arguments = hrn_winograd8()

  init(_ parts: Winograd8Parts) {
    self.parts = parts
    let packing = WeightPacking.winograd8(
      [parts.outputs, parts.window.channels, 4, 4], channelBlock: WeightPacking.laneStep)
    arguments.shape = parts.window.kernelShape(outputs: parts.outputs)
    arguments.input_zero = Int32(parts.inputZero)
    arguments.input_multiplier = constants.keep(parts.input.multipliers.map { Int16($0) })
    arguments.input_offset = constants.keep(parts.input.offsets.map { Int16($0) })
    arguments.weights = constants.keep(packing.pack(parts.weights))
    arguments.bias = constants.keep(WeightPacking.packPerLane(parts.bias, outputs: parts.outputs))
    arguments.multiplier = constants.keep(WeightPacking.packPerLane(parts.multiplier, outputs: parts.outputs))
    arguments.addend = constants.keep(WeightPacking.packPerLane(parts.addend, outputs: parts.outputs))
    arguments.high = parts.pool.high
  }

  func evaluate(_ inputs: [Int8Reference.Value]) -> Int8Reference.Value {
    var sums = [Int32](repeating: 0, count: parts.outputs.roundedUp(to: WeightPacking.laneStep))
    var call = arguments
    let size = hrn_winograd8_bytes(&call.shape)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(size.input + size.scratch), alignment: 64)
    defer { memory.deallocate() }
    let v = memory.baseAddress!.assumingMemoryBound(to: UInt8.self)
    withLanes(of: inputs[0].bytes) { input in
      sums.withUnsafeMutableBufferPointer { sums in
        call.input = input
        call.pool_sums = sums.baseAddress
        KernelConstants.kernels.winograd8_input(&call, 0, call.shape.map_blocks, v)
        KernelConstants.kernels.winograd8(
          &call, 0, Int32((parts.outputs + WeightPacking.groupLanes - 1) / WeightPacking.groupLanes), v,
          v + Int(size.input))
      }
    }
    return parts.pool.average(sums.prefix(parts.outputs))
  }
}

/// Numbers where kernels find them, for as long as what reads them lives.
private final class KernelConstants {
  static var kernels: hrn_kernels { hrn_kernels_at(hrn_best_tier()).pointee }

  private var pointers: [UnsafeMutableRawPointer] = []

  func keep<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafePointer<Element> {
    let pointer = UnsafeMutablePointer<Element>.allocate(capacity: values.count)
    pointer.initialize(from: values, count: values.count)
    pointers.append(pointer)
    return UnsafePointer(pointer)
  }

  deinit { for pointer in pointers { pointer.deallocate() } }
}

/// Calls `body` with a map that may be read as far past its last pixel as a block of whole lanes reaches.
private func withLanes(of map: [UInt8], _ body: (UnsafePointer<UInt8>?) -> Void) {
  (map + [UInt8](repeating: 0, count: WeightPacking.laneStep)).withUnsafeBufferPointer { body($0.baseAddress) }
}

extension PatchSums.Window {
  /// This geometry as kernels read it: maps `[H][W][C]` in one block of whole lanes, computed in one band.
  fileprivate func kernelShape(outputs: Int) -> hrn_conv2d_shape {
    let (block, lanes) = (
      channels.roundedUp(to: WeightPacking.laneStep), outputs.roundedUp(to: WeightPacking.laneStep)
    )
    return hrn_conv2d_shape(
      in_height: Int32(input.y), in_width: Int32(input.x), map_blocks: 1, in_blocks: 1, in_block: Int32(block),
      part_inputs: Int32(channels), part_outputs: Int32(outputs), in_pixel_stride: Int64(channels),
      in_row_stride: Int64(input.x * channels), in_block_stride: 0, kernel_height: Int32(kernel.y),
      kernel_width: Int32(kernel.x), stride_y: Int32(stride.y), stride_x: Int32(stride.x),
      dilation_y: Int32(dilation.y), dilation_x: Int32(dilation.x), pad_top: Int32(padding.top),
      pad_left: Int32(padding.left), out_height: Int32(output.y), out_width: Int32(output.x),
      out_channels: Int32(outputs), out_block: Int32(lanes), out_row_stride: Int64(output.x * lanes),
      out_block_stride: Int64(output.y * output.x * lanes), band: Int32(output.y), chunk: 1)
  }
}
