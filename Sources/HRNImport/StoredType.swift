/// The type of a tensor's elements in a checkpoint. All are little-endian.
package enum StoredType: Sendable, CaseIterable {
  case float64, float32, float16, bfloat16
  case int64, int32, int16, int8, uint8
  /// One byte, 0 or 1.
  case bool

  /// Bytes per element.
  package var byteCount: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// Whether it is a type that networks compute in.
  package var isFloatingPoint: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: true
    case .int64, .int32, .int16, .int8, .uint8, .bool: false
    }
  }

  /// The name that people read: `float32`, `int64` and so on.
  package var name: String { "\(self)" }
}
