import HRNFormat
import HRNImport

/// A file that a command is given to read a network from: errors about it begin with its path.
package struct SourceFile {
  package let path: String
  package let source: ImportSource

  /// - Throws: `CommandFailure` where it cannot be read or holds no network.
  package init(path: String) throws(CommandFailure) {
    self.path = path
    do throws(ImportError) {
      source = try ImportSource(path: path)
    } catch {
      throw CommandFailure(.source(error), about: path)
    }
  }

  /// The trained network in the file.
  package func model(_ options: ImportOptions = ImportOptions()) throws(CommandFailure) -> TrainedModel {
    try explaining { () throws(CompileError) in try trained(options) }
  }

  /// The same for whoever explains errors itself.
  package func trained(_ options: ImportOptions) throws(CompileError) -> TrainedModel {
    do throws(ImportError) { return try TrainedModel(source, options: options) } catch { throw .source(error) }
  }

  /// Does something with the file; an error about it begins with its path.
  package func explaining<Value>(_ body: () throws(CompileError) -> Value) throws(CommandFailure) -> Value {
    do throws(CompileError) { return try body() } catch { throw CommandFailure(error, about: path) }
  }
}

extension CommandFailure {
  /// - Parameter path: The model's, put before what is about the model.
  package init(_ error: CompileError, about path: String? = nil) {
    switch error {
    case .passes(.unknownPass), .passes(.levels), .noCalibration, .images, .quantize(.images):
      self.init(error.status, error.message)
    default: self.init(error.status, (path.map { "\($0): " } ?? "") + error.message)
    }
  }
}
