import HRNFormat
import HRNGraph
import HRNImport
import HRNRuntime

/// Why a graph was not compiled.
package enum CompileError: Error {
  /// There is no trained network in the file.
  case source(ImportError)
  /// The compiled model breaks a rule of its file's format.
  case format(FormatError)
  case graph(GraphError)
  /// A constant that holds an infinite number or none.
  case notFinite(tensor: String, index: Int, value: Float)
  case passes(PassError)
  case noCalibration
  case lowering(LoweringError)
  case quantize(QuantizeError)
  case images(ImageSetError)
  /// A golden picture that cannot be decoded.
  case golden(name: String, reason: String)
  /// The compiled model cannot be bound: there is too little memory, or the compiler has a defect.
  case session(SessionError)
  /// The compiled model cannot be loaded or run: a defect of the compiler.
  case run(String)
  /// The compiled model does not compute what it was compiled from.
  case selfCheck(String)

  package var status: CommandStatus {
    switch self {
    case .passes(.unknownPass), .passes(.levels), .noCalibration: .usage
    case .run, .selfCheck, .passes(.broken), .passes(.endless): .defect
    case .session(let error): error.status == .badInput ? .defect : error.status
    case .source(let error): error.status
    case .quantize(.engine(let status, _)): status
    case .images(.notFound), .quantize(.images(.notFound)): .missingInput
    case .format, .graph, .notFinite, .passes, .lowering, .quantize, .images, .golden: .badInput
    }
  }

  /// What was found, what was expected, what to do; to follow the file's name.
  package var message: String {
    switch self {
    case .source(let error): error.message
    case .format(let error): error.message
    case .graph(let error): error.message
    case .notFinite(let tensor, let index, let value):
      "constant '\(tensor)' holds \(value) at \(index), expected finite numbers\n  was training cut short or diverging?"
    case .passes(let error): error.message
    case .noCalibration:
      "int8 needs images like those that it will see\n  give a folder of JPEG files with --calibrate, a few hundred are enough"
    case .lowering(let error): error.description
    case .quantize(let error): error.message
    case .images(let error): error.message
    case .golden(let name, let reason): "golden picture '\(name)' cannot be read: \(reason)"
    case .session(let error): "the compiled model does not run: \(error.message)"
    case .run(let words): "the compiled model does not run: \(words)"
    case .selfCheck(let words): "the compiled model is not what it was compiled from: \(words)\n  nothing was written"
    }
  }
}

extension ImportError {
  /// What a command that cannot import a file ends with.
  package var status: CommandStatus {
    switch self {
    case .file(let fault): fault.status
    case .format(let error): error.status
    default: .badInput
    }
  }
}
