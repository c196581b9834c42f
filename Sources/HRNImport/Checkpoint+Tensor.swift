import HRNFormat

extension Checkpoint {
  /// A tensor of a checkpoint: a view of bytes that are read when its elements are asked for.
  package struct Tensor: Sendable {
    /// Axes at most.
    package static let rankLimit = 8

    package var name: String
    package let elementType: StoredType
    /// `[]` for a single number.
    package let shape: [Int]
    private let bytes: ModelBytes
    /// Of the first element, in bytes.
    private let offset: Int
    /// In elements, one per axis; none negative.
    private let strides: [Int]

    /// A view whose every element lies inside `bytes`, which whoever makes it has checked.
    init(name: String, elementType: StoredType, shape: [Int], bytes: ModelBytes, offset: Int, strides: [Int]) {
      self.name = name
      self.elementType = elementType
      self.shape = shape
      self.bytes = bytes
      self.offset = offset
      self.strides = strides
    }

    /// A tensor that was never in a file.
    package init(name: String, shape: [Int], values: [Float]) {
      precondition(shape.reduce(1, *) == values.count, "a value for each element")
      let bytes = values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { [UInt8]($0) } }
      self.init(
        name: name, elementType: .float32, shape: shape, bytes: ModelBytes(copying: bytes), offset: 0,
        strides: Self.rowMajor(shape))
    }

    package var elementCount: Int { shape.reduce(1, *) }

    /// The elements, row-major, as float32: other types are converted, rounded to the nearest number that float32 has.
    package func floats() -> [Float] {
      switch elementType {
      case .float32: gather { Float(bitPattern: UInt32(littleEndian: $0)) }
      case .float64: gather { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
      case .float16: gather { Float(halfBits: UInt16(littleEndian: $0)) }
      case .bfloat16: gather { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) }
      case .int64: gather { Float(Int64(littleEndian: $0)) }
      case .int32: gather { Float(Int32(littleEndian: $0)) }
      case .int16: gather { Float(Int16(littleEndian: $0)) }
      case .int8: gather { (byte: Int8) in Float(byte) }
      case .uint8: gather { (byte: UInt8) in Float(byte) }
      case .bool: gather { (byte: UInt8) in byte == 0 ? 0 : 1 }
      }
    }

    /// The elements in the order of the shape, each made of its stored bits.
    @inline(__always)
    private func gather<Bits: BitwiseCopyable>(_ value: (Bits) -> Float) -> [Float] {
      let source = UnsafeRawBufferPointer(rebasing: bytes.bytes[offset...])
      func element(_ position: Int) -> Float {
        value(source.loadUnaligned(fromByteOffset: position * MemoryLayout<Bits>.size, as: Bits.self))
      }
      let count = elementCount
      if strides == Self.rowMajor(shape) {
        return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
          for position in 0..<count { buffer.initializeElement(at: position, to: element(position)) }
          initialized = count
        }
      }
      var elements: [Float] = []
      elements.reserveCapacity(count)
      var positions = Positions(shape: shape, strides: strides)
      for _ in 0..<count { elements.append(element(positions.next())) }
      return elements
    }

    /// The strides of elements that lie row-major without gaps.
    static func rowMajor(_ shape: [Int]) -> [Int] {
      var strides = [Int](repeating: 1, count: shape.count)
      for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1) }
      return strides
    }
  }
}

/// Walks a strided view in the order of its shape.
private struct Positions {
  let shape: [Int]
  let strides: [Int]
  private var index: [Int]
  private var position = 0

  init(shape: [Int], strides: [Int]) {
    self.shape = shape
    self.strides = strides
    index = [Int](repeating: 0, count: shape.count)
  }

  /// The position of the element that is next; begins anew after the last.
  mutating func next() -> Int {
    let current = position
    var axis = shape.count - 1
    while axis >= 0 {
      index[axis] += 1
      position += strides[axis]
      if index[axis] < shape[axis] { break }
      position -= strides[axis] * shape[axis]
      index[axis] = 0
      axis -= 1
    }
    return current
  }
}

extension Float {
  /// The number that IEEE 754 half precision stores in these bits.
  fileprivate init(halfBits bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10 & 0x1F)
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    // Below the smallest normal number: fraction · 2⁻²⁴, exact in float32.
    case 0: self = Float(bitPattern: sign | (Float(fraction) * 0x1p-24).bitPattern)
    case 0x1F: self = Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
