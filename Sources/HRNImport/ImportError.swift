import HRNFormat

/// Why a file of another tool was not imported. `message` makes the words, to follow the file's path.
package enum ImportError: Error, Equatable, Sendable {
  /// The file could not be read.
  case file(FileFault)
  /// The bytes are of no format that is imported.
  case unrecognized
  case zip(ZipError)
  case pickle(PickleError)
  case safetensors(SafetensorsError)
  case checkpoint(CheckpointError)
  /// A text that is not JSON, or not by the rules of the reader.
  case json(JSONError)
  case onnx(ONNXError)

  /// What was found, what was expected, what to do.
  package var message: String {
    switch self {
    case .file(let fault): fault.message
    case .unrecognized: "is of no format that can be imported"
    case .zip(let error): error.message
    case .pickle(let error): error.message
    case .safetensors(let error): error.message
    case .checkpoint(let error): error.message
    case .json(let error): error.message
    case .onnx(let error): error.message
    }
  }
}

extension String {
  /// The text as it can be shown on any terminal: control characters escaped, and no longer than a line.
  package var printable: String {
    var text = ""
    for scalar in unicodeScalars.prefix(120) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
        text += "\\u{\(String(scalar.value, radix: 16))}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return unicodeScalars.count > 120 ? text + "…" : text
  }
}
