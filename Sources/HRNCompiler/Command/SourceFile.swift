import HRNFormat
import HRNRuntime

/// A model on disk, as a command is given it: errors about it begin with its path.
package struct SourceFile {
  package let path: String
  package let file: ModelFile

  /// - Throws: `CommandFailure` where it cannot be read or is no model.
  package init(path: String) throws(CommandFailure) {
    self.path = path
    do throws(FormatError) {
      file = try ModelFile(path: path)
    } catch {
      throw CommandFailure(.format(error), about: path)
    }
  }

  /// The digest of the file's bytes.
  package var sha256: [UInt8] { SHA256.digest(file.fileBytes) }

  /// Does something with the file; an error about it begins with its path.
  package func explaining<Value>(
    _ body: (ModelFile) throws(CompileError) -> Value
  ) throws(CommandFailure) -> Value {
    do throws(CompileError) { return try body(file) } catch { throw CommandFailure(error, about: path) }
  }
}

extension CommandFailure {
  /// - Parameter path: The model's, put before what is about the model.
  package init(_ error: CompileError, about path: String? = nil) {
    switch error {
    case .passes(.unknownPass), .passes(.levels), .bfloat16, .noCalibration, .images, .quantize(.images):
      self.init(error.status, error.message)
    default: self.init(error.status, (path.map { "\($0): " } ?? "") + error.message)
    }
  }
}

extension ModelError {
  /// What a command that cannot load a model ends with.
  package var status: CommandStatus {
    if case .file(.file(let fault)) = reason { fault.status } else { .badInput }
  }
}
