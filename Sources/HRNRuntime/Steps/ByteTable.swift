import CHRNKernels

/// What each of the 256 values of a uint8 tensor becomes in another: dequantized, put through a function, quantized.
///
///     table[q] = round(clamp(f((q − zₓ) · sₓ) · (1 / s_y) + z_y, 0, 255))
final class ByteTable {
  let pointer: UnsafeMutablePointer<UInt8>

  init(
    from x: (scale: Float, zero: Float), to y: (scale: Float, zero: Float), _ function: ElementFunction,
    _ kernels: UnsafePointer<hrn_kernels>
  ) {
    pointer = .allocate(capacity: 256)
    for value in 0..<256 { pointer[value] = UInt8(value) }
    let floats = UnsafeMutablePointer<Float>.allocate(capacity: 256)
    defer { floats.deallocate() }
    kernels.pointee.dequantize_u8(pointer, x.zero, x.scale, floats, 256)
    function.apply(floats, floats, 256)
    kernels.pointee.quantize_u8(floats, 1 / y.scale, y.zero, 0, 255, pointer, 256)
  }

  deinit { pointer.deallocate() }
}

/// `y = table[x]`, element by element.
final class Lookup: Step {
  private let kernels: UnsafePointer<hrn_kernels>
  private let table: ByteTable
  private let x: UnsafePointer<UInt8>
  private let y: UnsafeMutablePointer<UInt8>
  private let count: Int64

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ table: ByteTable, _ x: UnsafePointer<UInt8>,
    _ y: UnsafeMutablePointer<UInt8>, _ count: Int
  ) {
    self.kernels = kernels
    self.table = table
    self.x = x
    self.y = y
    self.count = Int64(count)
    super.init(items: 1)
  }

  override func run(item: Int32) { kernels.pointee.lookup_u8(x, table.pointer, y, count) }
}
