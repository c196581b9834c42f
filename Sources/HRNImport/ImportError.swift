import HRNFormat
import HRNGraph

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
  /// The bytes are those of something else.
  case foreign(ForeignFile)
  /// A text that is not JSON, or not by the rules of the reader.
  case json(JSONError)
  case onnx(ONNXError)
  /// A file in our own format that cannot be read.
  case format(FormatError)
  /// The file is compiled already.
  case compiled(Precision)
  /// What was built of the file is no valid graph.
  case graph(GraphError)
  /// What our trainer says about its own checkpoint is not as it writes it.
  case record(String)
  /// The tensors are those of no network, or of a broken one.
  case network(NetworkError)
  case labels(LabelError)
  case recipe(MappingError)
  /// Images of another height and width than there are.
  case size(asked: [Int], fixed: [Int], by: String)

  /// What was found, what was expected, what to do.
  package var message: String {
    switch self {
    case .file(let fault): fault.message
    case .unrecognized: "is of no format that can be imported"
    case .zip(let error): error.message
    case .pickle(let error): error.message
    case .safetensors(let error): error.message
    case .checkpoint(let error): error.message
    case .foreign(let file): file.message
    case .json(let error): error.message
    case .onnx(let error): error.message
    case .format(let error): error.message
    case .compiled(let precision):
      "is compiled already, to \(precision.name)\n  give the float graph that the trainer exported"
    case .graph(let error): error.message
    case .record(let words): "says about itself what our trainer does not write: \(words)"
    case .network(let error): error.message
    case .labels(let error): error.message
    case .recipe(let error): error.message
    case .size(let asked, let fixed, let by):
      "images of \(Self.words(asked)) are asked for, and \(by) images of \(Self.words(fixed))"
    }
  }

  private static func words(_ size: [Int]) -> String { size.map(String.init).joined(separator: " x ") }
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
