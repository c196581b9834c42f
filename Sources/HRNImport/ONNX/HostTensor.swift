import HRNFormat

/// A constant at hand while a file is mapped: in the file's bytes, or computed from such.
struct HostTensor {
  enum Elements {
    /// Little-endian elements of the type, in the file.
    case stored([UnsafeRawBufferPointer])
    case integers([Int64])
    case reals([Double])
    case floats([Float])
    /// One number for all elements.
    case filled(Double)
  }

  var name: String
  var shape: [Int]
  var type: ONNXElementType
  var elements: Elements

  var count: Int { shape.reduce(1, *) }

  init(_ name: String, shape: [Int], type: ONNXElementType, _ elements: Elements) {
    self.name = name
    self.shape = shape
    self.type = type
    self.elements = elements
  }

  init(_ message: TensorMessage, in bytes: UnsafeRawBufferPointer) {
    name = message.name
    shape = message.shape
    type = message.type
    elements =
      message.isStoredAsNumbers
      ? .integers(message.numbers) : .stored(message.places.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) })
    if message.isStoredAsNumbers, type == .float16 || type == .bfloat16 {
      elements = .reals(message.numbers.map { Self.real(bits: UInt16(truncatingIfNeeded: $0), type) })
    }
  }

  /// The same elements under another shape of as many elements.
  func reshaped(_ shape: [Int]) -> HostTensor {
    precondition(shape.reduce(1, *) == count, "a constant of \(count) elements does not take the shape \(shape)")
    var result = self
    result.shape = shape
    return result
  }

  /// The elements as the numbers that weights are held in; the one copy that is made of them.
  var floats: [Float] {
    switch elements {
    case .floats(let values): return values
    case .reals(let values): return values.map { Float($0) }
    case .integers(let values): return values.map { Float($0) }
    case .filled(let value): return [Float](repeating: Float(value), count: count)
    case .stored(let parts):
      return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
        for part in parts {
          if type == .float {
            let target = UnsafeMutableRawBufferPointer(
              start: buffer.baseAddress.map { $0 + filled }, count: part.count)
            target.copyMemory(from: part)
            filled += part.count / 4
          } else {
            for index in 0..<part.count / type.byteCount {
              buffer.initializeElement(at: filled, to: Float(Self.real(part, index, type)))
              filled += 1
            }
          }
        }
      }
    }
  }

  /// The elements in double precision.
  var reals: [Double] {
    switch elements {
    case .floats(let values): values.map { Double($0) }
    case .reals(let values): values
    case .integers(let values): values.map { Double($0) }
    case .filled(let value): [Double](repeating: value, count: count)
    case .stored(let parts):
      parts.flatMap { part in (0..<part.count / type.byteCount).map { Self.real(part, $0, type) } }
    }
  }

  /// The elements as whole numbers; nil where one is not.
  var integers: [Int]? {
    if case .integers(let values) = elements { return values.map { Int($0) } }
    if case .stored(let parts) = elements, type == .int64 {
      return parts.flatMap { part in
        (0..<part.count / 8).map {
          Int(Int64(littleEndian: part.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)))
        }
      }
    }
    var values: [Int] = []
    for real in reals {
      guard let value = Int(exactly: real) else { return nil }
      values.append(value)
    }
    return values
  }

  /// The one number of a constant that has one element.
  var scalar: Double? { count == 1 ? reals[0] : nil }

  /// An element of those in the file.
  private static func real(_ part: UnsafeRawBufferPointer, _ index: Int, _ type: ONNXElementType) -> Double {
    func load<T: FixedWidthInteger>(_: T.Type) -> T {
      T(littleEndian: part.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: T.self))
    }
    switch type {
    case .float: return Double(Float(bitPattern: load(UInt32.self)))
    case .double: return Double(bitPattern: load(UInt64.self))
    case .float16, .bfloat16: return real(bits: load(UInt16.self), type)
    case .uint8: return Double(load(UInt8.self))
    case .int8: return Double(load(Int8.self))
    case .uint16: return Double(load(UInt16.self))
    case .int16: return Double(load(Int16.self))
    case .int32: return Double(load(Int32.self))
    case .uint32: return Double(load(UInt32.self))
    case .int64: return Double(load(Int64.self))
    case .uint64: return Double(load(UInt64.self))
    case .bool: return load(UInt8.self) == 0 ? 0 : 1
    }
  }

  /// A number of 16 bits, IEEE half precision or the upper half of a float.
  private static func real(bits: UInt16, _ type: ONNXElementType) -> Double {
    if type == .bfloat16 { return Double(Float(bitPattern: UInt32(bits) << 16)) }
    let (exponent, fraction) = (Int(bits >> 10) & 31, Double(bits & 1023))
    let magnitude: Double
    switch exponent {
    case 0: magnitude = fraction * 0x1p-24
    case 31: magnitude = fraction == 0 ? .infinity : .nan
    default: magnitude = (1024 + fraction) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
    }
    return bits & 0x8000 == 0 ? magnitude : -magnitude
  }
}
