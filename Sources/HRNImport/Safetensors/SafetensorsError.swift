import HRNFormat

/// Which rule of the safetensors format a file breaks.
package enum SafetensorsError: Error, Equatable, Sendable {
  case truncated(found: Int, expected: Int)
  /// More than the format allows.
  case headerLength(UInt64)
  /// The header is no object from its first byte on, padded with spaces.
  case headerText
  case header(JSONError)
  /// `__metadata__` holds something else than texts.
  case metadata(found: String)
  case entry(String, EntryFault)
  case overlap(String, String)
  /// Bytes of the buffer that belong to no tensor.
  case hole(Range<Int>)

  /// What is wrong with the description of one tensor.
  package enum EntryFault: Equatable, Sendable {
    /// It has not exactly the fields that the format gives it.
    case fields
    case type(String)
    case shape
    case offsets
    case outside(end: Int, bufferLength: Int)
    case size(found: Int, type: StoredType, shape: [Int])
  }

  var message: String {
    switch self {
    case .truncated(let found, let expected):
      "the file ends after \(counted(found, "byte")), its header needs \(expected); copy it again"
    case .headerLength(let found):
      "the header takes \(found) bytes by its length, safetensors allows \(SafetensorsFile.headerLimit)"
    case .headerText: "the header is not an object in braces, padded with spaces to its length; the file is damaged"
    case .header(let error): "header, \(error.message)"
    case .metadata(let found): "header, '__metadata__' holds \(found), expected an object of texts"
    case .entry(let name, let fault): "tensor '\(name.printable)' \(fault.message)"
    case .overlap(let first, let second):
      "tensors '\(first.printable)' and '\(second.printable)' lie over each other; the file is damaged or hostile"
    case .hole(let range):
      "bytes \(range.lowerBound) to \(range.upperBound) of the buffer belong to no tensor; the file is damaged or "
        + "hostile"
    }
  }
}

extension SafetensorsError.EntryFault {
  var message: String {
    switch self {
    case .fields: "is not described by 'dtype', 'shape' and 'data_offsets' and nothing else"
    case .type(let name):
      "has type \(name.printable), expected F64, F32, F16, BF16 or whole numbers up to I64\n"
        + "  save it as one of these, for instance with tensor.float()"
    case .shape:
      "has a shape that is no list of whole numbers from 0 on, at most \(Checkpoint.Tensor.rankLimit) of them"
    case .offsets: "has data_offsets that are no pair of whole numbers, the beginning and the end"
    case .outside(let end, let length):
      "ends at byte \(end) of the buffer, which holds \(length); copy the file again"
    case .size(let found, let type, let shape):
      "takes \(counted(found, "byte")), which is not what \(type.name) of shape \(describe(shape)) takes"
    }
  }
}
