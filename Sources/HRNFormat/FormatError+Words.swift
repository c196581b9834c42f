import CHRNSchema

extension FormatError {
  /// The error in words: what was found, what was expected, what to do. To follow the file's path.
  package var message: String {
    switch self {
    case .file(let fault): fault.message
    case .foreign(let format): format.message
    case .container(let offset, let fault): "byte \(offset): \(fault.message)"
    case .wire(let offset, let fault): "byte \(offset): \(fault.message)"
    case .digest(let part):
      "the digest of the \(part.name) does not match; the file is damaged, copy or compile it again"
    case .version(let found): Self.words(version: found)
    case .missing(let message, let field): "\(fieldName(message, field)) is missing"
    case .unexpected(let message, let field): "\(fieldName(message, field)) has no place in this \(name(message))"
    case .valueCount(let message, let field, let found, let expected):
      "\(fieldName(message, field)) has \(counted(found, "value")), expected \(expected)"
    case .number(let message, let field, let found):
      "\(fieldName(message, field)) is \(found), too large for any file"
    case .invalid(let place, let violation): "\(place.words) \(violation.message)"
    case .noOperation: "the node has no operation"
    case .element(let message, let field, let index, let error):
      "\(String(cString: hrn_field_name(Int32(message), UInt32(field))))[\(index)]: \(error.message)"
    }
  }

  private static func words(version: Int) -> String {
    if version > FormatVersion.current {
      return "has format version \(version), this program reads up to \(FormatVersion.current); use a newer program"
    }
    return "has format version \(version), this program reads \(FormatVersion.oldest) and later; compile it again"
  }
}

/// `Tensor.element_type`, as the schema names it.
private func fieldName(_ message: Int, _ field: Int) -> String {
  guard let text = hrn_field_name(Int32(message), UInt32(truncatingIfNeeded: field)) else {
    return "field \(field) of \(name(message))"
  }
  return "\(name(message)).\(String(cString: text))"
}

private func name(_ message: Int) -> String {
  guard let text = hrn_message_name(Int32(message)) else { return "message \(message)" }
  return String(cString: text)
}

extension ContainerFault {
  var message: String {
    switch self {
    case .truncated(let missing): "the file ends here, \(counted(missing, "byte")) too early; copy it again"
    case .field(let found):
      found > HRN_MODEL_WEIGHTS
        ? "found field \(found), which is unknown; use a newer program, or the file is damaged"
        : "found field \(found) out of order; the file is damaged"
    case .varint: "a number is not in its shortest form; the file is damaged or was written by another tool"
    case .missing(let field): "\(fieldName(HRN_MESSAGE_MODEL, field)) is missing"
    case .graphTooLarge(let found): "the graph takes \(found) bytes, at most \(Container.graphLimit) are read"
    case .fileTooLarge(let found): "the file takes \(found) bytes, protobuf allows \(Container.fileLimit)"
    case .alignment: "the weights do not begin at a multiple of \(Container.page)"
    case .padding(let found, let expected): "the padding has \(counted(found, "byte")), expected \(expected)"
    case .paddingValue: "the padding holds a byte that is not zero"
    case .digestLength(let found): "a digest has \(counted(found, "byte")), expected \(SHA256.byteCount)"
    }
  }
}

extension WireFault {
  var message: String {
    switch reason {
    case .truncated: "\(place) ends too early"
    case .varint: "\(place) holds a number that is not in its shortest form"
    case .type: "\(place) has wire type \(value), which is not the field's"
    case .unknownField: "\(name(messageType)) has no field \(value); use a newer program, or the file is damaged"
    case .order: "\(place) comes after field \(value)"
    case .repeated: "\(place) is given twice"
    case .oneof: "\(place) is a second operation of one node"
    case .range: "\(place) is \(value), more than its type holds"
    case .enumerator: "\(place) is \(value), which this program does not know; use a newer program"
    case .text: "\(place) is not UTF-8 text"
    case .packed: "\(place) holds no whole numbers"
    case .budget: "\(place) takes more memory than any model needs; the file is damaged or hostile"
    case .memory: "there is not enough memory to read the graph"
    }
  }

  private var place: String { field == 0 ? "message \(name(messageType))" : fieldName(messageType, field) }
}

extension ForeignFormat {
  var message: String {
    switch self {
    case .zip:
      "is a zip archive, such as a PyTorch checkpoint; make a model of it with: hrn-compile FILE -o model.hrn"
    case .pickle:
      "is a Python pickle, such as an old PyTorch checkpoint; make a model of it with: hrn-compile FILE -o model.hrn"
    case .safetensors: "is a safetensors file; make a model of it with: hrn-compile FILE -o model.hrn"
    case .onnx: "is an ONNX model; make a model of it with: hrn-compile FILE -o model.hrn"
    case .tflite: "is a TensorFlow Lite model, expected an .hrn file"
    case .jpeg: "is a JPEG picture, expected an .hrn file; are model and picture exchanged?"
    case .png: "is a PNG picture, expected an .hrn file"
    case .gzip: "is compressed by gzip; unpack it with: gunzip FILE"
    case .damagedInTransfer: "was changed by a transfer in text mode; copy it again in binary mode"
    case .text: "is text, expected an .hrn file"
    case .unknown: "is not an .hrn file: it does not begin with 0a 08 89 48 52 4e 0d 0a 1a 0a"
    }
  }
}
