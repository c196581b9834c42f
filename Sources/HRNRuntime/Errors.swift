import HRNFormat

/// Why a file cannot be run by this library.
public struct ModelError: Error, Sendable {
  package enum Reason: Sendable {
    /// The file cannot be read, or is not a whole and valid model.
    case file(FormatError)
    /// It is a graph as the trainer exports it.
    case notCompiled
    /// Its weights are packed for another target.
    case target(String)
    /// Its input is not one image in the layout of compiled graphs.
    case input
  }

  package let reason: Reason
  /// What the reader of the message knows the file by.
  package let file: String

  package init(_ reason: Reason, file: String) {
    self.reason = reason
    self.file = file
  }

  /// What a command that cannot load the file ends with.
  package var status: CommandStatus { if case .file(let error) = reason { error.status } else { .badInput } }

  /// What was found, what was expected, what to do. The file's name is for the caller to put before it.
  public var message: String {
    switch reason {
    case .file(let error):
      return error.message
    case .notCompiled:
      return "this is the graph as it was trained, and not yet compiled\n"
        + "  compile it: hrn-compile \(file) --calibrate PICTURES to int8, or without --calibrate to float32"
    case .target(let name):
      return "the weights are packed for the target '\(name)', and this build runs 'portable'\n"
        + "  compile the trained graph again with --target portable"
    case .input:
      return "the network's input is not one image of pixels with a recipe or a quantization of as many channels\n"
        + "  the file is damaged, or was not written by hrn-compile"
    }
  }
}

/// Why a model cannot be bound on this machine.
public struct SessionError: Error, Sendable {
  package enum Reason: Sendable {
    /// A node asks for something that no kernel here does.
    case unsupported(node: String, what: String)
    /// A node's plan and its tensors contradict one another.
    case inconsistent(node: String, what: String)
    case memory(bytes: Int)
    case threads(count: Int)
    case noBLAS
    case blasPrecision(String)
  }

  package let reason: Reason

  package init(_ reason: Reason) { self.reason = reason }

  /// What a command that cannot bind the model ends with.
  package var status: CommandStatus {
    switch reason {
    case .unsupported, .inconsistent: .badInput
    case .memory, .threads: .inputOutput
    case .noBLAS, .blasPrecision: .usage
    }
  }

  /// What is wrong with it and what to do.
  public var message: String {
    switch reason {
    case .unsupported(let node, let what):
      return "node '\(node)': this build has no kernel for \(what)\n"
        + "  compile the trained graph again with the hrn-compile that came with this hrn-run"
    case .inconsistent(let node, let what):
      return "node '\(node)': \(what)\n  the file is damaged, or was not written by hrn-compile"
    case .memory(let bytes):
      return "the model asks for \(bytes) bytes of working memory, more than there is"
    case .threads(let count):
      return "\(count) threads cannot be started\n  try --threads 1"
    case .noBLAS:
      return "there is no BLAS backend\n"
        + "  use --backend direct, or install OpenBLAS (libopenblas.so.0) and build with the trait OpenBLAS"
    case .blasPrecision(let name):
      return "the BLAS backend computes in float32, and the model in \(name)\n  use --backend direct"
    }
  }
}

/// Why an input was not run.
public enum InputError: Error, Equatable, Sendable {
  /// Another number of values than the network's image has.
  case count(found: Int, expected: Int)
  /// Pixels for a model of floats that says nothing about how pixels become numbers.
  case noRecipe

  /// What was found and what was expected.
  public var message: String {
    switch self {
    case .count(let found, let expected): return "the image has \(found) values; the network reads \(expected)"
    case .noRecipe: return "the model has no preprocessing recipe, so it takes numbers (--tensor) and no pictures"
    }
  }
}
