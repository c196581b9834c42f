import ArgumentParser
import Foundation
import HRNCompiler
import HRNFormat

/// The process's side of a command: words to standard error, data to standard output, the exit status.
enum Terminal {
  /// Parses and runs a command, and ends the process with the status of the table in `CommandStatus`.
  static func run(_ type: any ParsableCommand.Type, _ words: [String]) -> Never {
    do {
      var command = try type.parseAsRoot(words)
      try command.run()
      exit(.done)
    } catch let failure as CommandFailure {
      say("hrn-compile: \(failure.message)")
      exit(failure.status)
    } catch {
      let isHelp = type.exitCode(for: error) == .success
      if isHelp {
        print(type.fullMessage(for: error))
        exit(.done)
      }
      let words = type.fullMessage(for: error)
      say("hrn-compile: " + (words.hasPrefix("Error: ") ? String(words.dropFirst("Error: ".count)) : words))
      exit(.usage)
    }
  }

  /// A line for people.
  static func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

  /// Data for the next program.
  ///
  /// - Throws: `CommandFailure` where nobody can take it, as when the disk is full.
  static func put(_ text: String) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
      throw CommandFailure(.inputOutput, "standard output: cannot be written")
    }
  }

  /// Writes a file, whole or not at all.
  static func publish(_ parts: [UnsafeRawBufferPointer], to path: String, force: Bool) throws {
    do throws(FileFault) {
      try AtomicFile.publish(parts: parts, to: path, force: force)
    } catch {
      throw CommandFailure(error == .noSpace ? .inputOutput : .cannotCreate, "\(path): \(error.message)")
    }
  }

  /// Whether somebody watches standard error.
  static var isWatched: Bool { isatty(STDERR_FILENO) == 1 }

  private static func exit(_ status: CommandStatus) -> Never { Foundation.exit(status.rawValue) }
}

/// A line that shows what is under way, rewritten in place.
final class ProgressLine {
  private var isShown = false

  func show(_ step: String, _ done: Int, _ total: Int) {
    let amount = total > 0 ? " \(done) of \(total)" : ""
    FileHandle.standardError.write(Data("\r\u{1B}[K\(step)\(amount)".utf8))
    isShown = true
  }

  func clear() {
    if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    isShown = false
  }
}
