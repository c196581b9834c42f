import HRNFormat

/// The elements of a constant tensor, row-major in the order of its shape.
package enum Constant: Equatable, Sendable {
  case float32([Float])
  /// By their bits.
  case bfloat16([UInt16])
  case int8([Int8])
  case uint8([UInt8])
  case int32([Int32])

  package var elementType: ElementType {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    case .int8: .int8
    case .uint8: .uint8
    case .int32: .int32
    }
  }

  package var count: Int {
    switch self {
    case .float32(let values): values.count
    case .bfloat16(let values): values.count
    case .int8(let values): values.count
    case .uint8(let values): values.count
    case .int32(let values): values.count
    }
  }

  /// The elements, when they are float32.
  package var floats: [Float]? {
    if case .float32(let values) = self { values } else { nil }
  }
}
