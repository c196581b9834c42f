import CHRNSchema

/// Why bytes are not a model this code can use. `message` makes the words, to follow the file's path.
package indirect enum FormatError: Error, Equatable, Sendable {
  /// The file could not be read.
  case file(FileFault)
  /// The bytes are those of something else.
  case foreign(ForeignFormat)
  /// The fields of the file itself are not as they must be, at this offset.
  case container(offset: Int, ContainerFault)
  /// A message inside the file is not in canonical form, at this offset of the file.
  case wire(offset: Int, WireFault)
  /// The bytes of a part do not match its digest.
  case digest(Part)

  /// A format version that this code does not read.
  case version(found: Int)
  /// A field that must be there is not.
  case missing(message: Int, field: Int)
  /// A field that the rest of its message rules out.
  case unexpected(message: Int, field: Int)
  /// A repeated field with the wrong number of values.
  case valueCount(message: Int, field: Int, found: Int, expected: Int)
  /// A number too large to work with.
  case number(message: Int, field: Int, found: UInt64)
  /// A node without an operation.
  case noOperation
  /// An error in an element of a repeated field.
  case element(message: Int, field: Int, index: Int, FormatError)

  /// A rule that the graph breaks, and where.
  case invalid(Place, Violation)

  /// What a command that cannot read the file ends with.
  package var status: CommandStatus { if case .file(let fault) = self { fault.status } else { .badInput } }

  /// The parts of a file that have a digest.
  package enum Part: Equatable, Sendable {
    case graph
    case weights

    package var name: String {
      switch self {
      case .graph: "graph"
      case .weights: "weights"
      }
    }
  }

  /// The same error, seen from the message that holds the one it happened in.
  func within(message: Int, field: Int, index: Int) -> FormatError {
    .element(message: message, field: field, index: index, self)
  }
}

/// What is wrong with the sequence of fields that makes a file.
package enum ContainerFault: Equatable, Sendable {
  /// The bytes end before a field does.
  case truncated(missing: Int)
  /// A field's number or wire type is none of the file's, or comes too late or twice.
  case field(found: Int)
  case varint
  case missing(field: Int)
  case graphTooLarge(found: Int)
  case fileTooLarge(found: Int)
  /// The payload of the weights does not begin where it must.
  case alignment
  case padding(found: Int, expected: Int)
  /// A byte of the padding is not zero.
  case paddingValue
  case digestLength(found: Int)
}

/// What is wrong with a message's bytes; the reasons of `hrn_wire_check`.
package struct WireFault: Equatable, Sendable {
  package var reason: Reason
  /// `HRN_MESSAGE_*` and the field's number, 0 where none was read.
  package var messageType: Int
  package var field: Int
  /// The number found, where there is one.
  package var value: UInt64

  package enum Reason: UInt32, Sendable, CaseIterable {
    case truncated = 1
    case varint = 2
    case type = 3
    case unknownField = 4
    case order = 5
    case repeated = 6
    case oneof = 7
    case range = 8
    case enumerator = 9
    case text = 10
    case packed = 11
    case budget = 12
    /// The memory was not there.
    case memory = 13
  }
}

/// Files that are taken for models.
package enum ForeignFormat: Equatable, Sendable, CaseIterable {
  case zip
  case pickle
  case safetensors
  case onnx
  case tflite
  case jpeg
  case png
  case gzip
  /// An HRN file that went through a transfer in text mode.
  case damagedInTransfer
  case text
  case unknown
}
