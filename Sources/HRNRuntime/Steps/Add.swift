import CHRNKernels

/// `y = f(x₀ + x₁ + …)` in float32, piece by piece of the memory.
final class AddFloat: Step {
  private let kernels: UnsafePointer<hrn_kernels>
  private let inputs: [UnsafePointer<Float>]
  private let output: UnsafeMutablePointer<Float>
  private let count: Int
  private let piece: Int
  private let function: ElementFunction

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ inputs: [UnsafePointer<Float>], _ output: UnsafeMutablePointer<Float>,
    _ count: Int, piece: Int, _ function: ElementFunction
  ) {
    self.kernels = kernels
    self.inputs = inputs
    self.output = output
    self.count = count
    self.piece = piece
    self.function = function
    super.init(items: Int32(clamping: (count + piece - 1) / piece))
  }

  override func run(item: Int32) {
    let first = Int(item) * piece
    let length = Int64(min(piece, count - first))
    let y = output + first
    kernels.pointee.add_f32(inputs[0] + first, inputs[1] + first, y, length)
    for input in inputs.dropFirst(2) { kernels.pointee.add_f32(y, input + first, y, length) }
    function.apply(y, y, length)
  }
}

/// `hrn_kernels.add_bf16`, piece by piece of the memory.
final class AddBFloat16: Step {
  private let kernels: UnsafePointer<hrn_kernels>
  private let a: UnsafePointer<UInt16>
  private let b: UnsafePointer<UInt16>
  private let output: UnsafeMutablePointer<UInt16>
  private let count: Int
  private let piece: Int
  private let low: Float
  private let high: Float

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ a: UnsafePointer<UInt16>, _ b: UnsafePointer<UInt16>,
    _ output: UnsafeMutablePointer<UInt16>, _ count: Int, piece: Int, _ low: Float, _ high: Float
  ) {
    (self.kernels, self.a, self.b, self.output) = (kernels, a, b, output)
    (self.count, self.piece, self.low, self.high) = (count, piece, low, high)
    super.init(items: Int32(clamping: (count + piece - 1) / piece))
  }

  override func run(item: Int32) {
    let first = Int(item) * piece
    kernels.pointee.add_bf16(
      a + first, b + first, low, high, output + first, Int64(min(piece, count - first)))
  }
}

/// `hrn_kernels.add_u8`, piece by piece of the memory.
final class AddInt8: Step {
  typealias Term = (x: UnsafeMutablePointer<UInt8>, zero: Float, multiplier: Float)

  private let kernels: UnsafePointer<hrn_kernels>
  private let a: Term
  private let b: Term
  private let output: UnsafeMutablePointer<UInt8>
  private let count: Int
  private let piece: Int
  private let zero: Float
  private let low: Float
  private let high: Float

  init(
    _ kernels: UnsafePointer<hrn_kernels>, _ a: Term, _ b: Term, _ output: UnsafeMutablePointer<UInt8>, _ count: Int,
    piece: Int, zero: Float, _ low: Float, _ high: Float
  ) {
    self.kernels = kernels
    self.a = a
    self.b = b
    self.output = output
    self.count = count
    self.piece = piece
    self.zero = zero
    self.low = low
    self.high = high
    super.init(items: Int32(clamping: (count + piece - 1) / piece))
  }

  override func run(item: Int32) {
    let first = Int(item) * piece
    kernels.pointee.add_u8(
      a.x + first, a.zero, a.multiplier, b.x + first, b.zero, b.multiplier, output + first, zero, low, high,
      Int64(min(piece, count - first)))
  }
}
