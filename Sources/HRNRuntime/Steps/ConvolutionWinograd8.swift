import CHRNKernels
import HRNFormat

extension Binder {
  /// Binds a pooled int8 convolution by Winograd in 8 bits: the transform of its input, then its groups.
  func bindWinograd8(
    _ convolution: Convolution, of node: Node, _ plan: NodePlan
  ) throws(SessionError) -> [Step] {
    guard node.parameters.count == 4 else { throw node.fault("Winograd in 8 bits has four parameters") }
    let parts = try parts(convolution, of: node, plan, type: .uint8, outputType: .uint8)
    guard case .blocked = parts.input.tensor.layout,
      convolution.allowsWinograd8(
        weights: graph.tensors[node.parameters[0]].shape, hasResidual: parts.residual != nil)
    else { throw node.fault("it cannot be computed by Winograd in 8 bits, as its plan says") }
    let requantization = node.requantization
    guard let numbers = requantization?.winograd8, let constants = Winograd8Constants(numbers) else {
      throw node.fault("Winograd in 8 bits rounds its input by 16 multipliers and offsets")
    }
    guard let high = requantization?.poolHigh, let multiplier = requantization?.poolMultiplier else {
      throw node.fault("an int8 convolution is pooled with a pool multiplier")
    }
    try checkPooledSum(of: node, parts.shape, high: high)
    let perPosition = checkedProduct(parts.lanes, Winograd8Input.positions)
    let depth = checkedProduct(Int(parts.shape.map_blocks), Int(parts.shape.in_block))
    guard let depth else { throw node.fault("it has too many input channels") }
    var arguments = hrn_winograd8()
    arguments.shape = parts.shape
    arguments.input = UnsafePointer(parts.input.bytes)
    arguments.input_zero = try parts.input.byteZero(of: node)
    arguments.input_multiplier = UnsafePointer(constants.multipliers)
    arguments.input_offset = UnsafePointer(constants.offsets)
    arguments.weights = try packedWeights(
      node.parameters[0], .int8, .winograd8, outputs: Int(parts.shape.out_channels), blocks: 1,
      taps: Winograd8Input.positions, block: depth, as: Int8.self, of: node)
    arguments.bias = try constant(node.parameters[1], .int32, count: perPosition, as: Int32.self, of: node)
    arguments.multiplier = try constant(node.parameters[2], .float32, count: perPosition, as: Float.self, of: node)
    arguments.addend = try constant(node.parameters[3], .float32, count: parts.lanes, as: Float.self, of: node)
    arguments.high = high
    let sums = try scratch(node, bytes: parts.lanes * 4).assumingMemoryBound(to: Int32.self)
    arguments.pool_sums = sums
    arguments.is_narrow = plan.isNarrow ? 1 : 0
    let bound = WinogradKernels(winograd8: Arguments(arguments, keeping: constants), kernels)
    let bytes = hrn_winograd8_bytes(&arguments.shape)
    working.reserve(shared: Int(bytes.input), worker: 0, Int(bytes.scratch))
    let average = PooledInt8Average(
      parts, sums: sums, multiplier: multiplier, zero: try parts.output.quantization(of: node).zero, kernels)
    return [
      WinogradTransform(bound, blocks: parts.shape.map_blocks, rows: parts.work.rows, working),
      ConvolutionPooled(.shared(bound, working), parts.work, average),
    ]
  }
}

extension WinogradKernels {
  /// Winograd in 8 bits, which knows no rows: it is computed of all at once.
  fileprivate init(winograd8 arguments: Arguments<hrn_winograd8>, _ kernels: UnsafePointer<hrn_kernels>) {
    transform = { blocks, _, input in
      kernels.pointee.winograd8_input!(
        arguments.pointer, blocks.first, blocks.end, input.assumingMemoryBound(to: UInt8.self))
    }
    multiply = { groups, _, input, scratch in
      kernels.pointee.winograd8!(
        arguments.pointer, groups.first, groups.end, input.assumingMemoryBound(to: UInt8.self), scratch)
    }
  }
}

/// What rounds the transformed input, as the kernels read it.
final class Winograd8Constants {
  let multipliers: UnsafeMutablePointer<Int16>
  var offsets: UnsafeMutablePointer<Int16> { multipliers + Winograd8Input.positions }

  /// Nil where there are not as many as positions, or they are out of range.
  init?(_ input: Winograd8Input) {
    guard input.multipliers.count == Winograd8Input.positions, input.offsets.count == Winograd8Input.positions,
      input.multipliers.allSatisfy({ (0...Int(Int16.max)).contains($0) }),
      input.offsets.allSatisfy({ (0...Int(UInt8.max)).contains($0) })
    else { return nil }
    multipliers = .allocate(capacity: 2 * Winograd8Input.positions)
    for position in 0..<Winograd8Input.positions {
      multipliers[position] = Int16(input.multipliers[position])
      multipliers[Winograd8Input.positions + position] = Int16(input.offsets[position])
    }
  }

  deinit { multipliers.deallocate() }
}
