import CHRNSchema

/// The type of a tensor's elements.
package enum ElementType: Int32, Sendable, CaseIterable {
  case float32 = 1
  case bfloat16 = 2
  case uint8 = 3
  case int8 = 4
  case int32 = 5

  /// Bytes per element.
  package var byteCount: Int {
    switch self {
    case .float32, .int32: 4
    case .bfloat16: 2
    case .uint8, .int8: 1
    }
  }

  /// The name that people read: `float32`, `uint8` and so on.
  package var name: String {
    switch self {
    case .float32: "float32"
    case .bfloat16: "bfloat16"
    case .uint8: "uint8"
    case .int8: "int8"
    case .int32: "int32"
    }
  }
}

/// How far a graph has come.
package enum Stage: Int32, Sendable {
  /// As the trainer exports it: float32, unfused, plain layouts. The runtime does not run it.
  case source = 1
  /// As `hrn-compile` writes it: fused, planned, packed.
  case compiled = 2
}

/// What a compiled graph computes in.
package enum Precision: Int32, Sendable {
  case float32 = 1
  case bfloat16 = 2
  case int8 = 3

  package var name: String {
    switch self {
    case .float32: "float32"
    case .bfloat16: "bfloat16"
    case .int8: "int8"
    }
  }
}
