import ArgumentParser
import Foundation
import HRNCompiler
import HRNFormat

/// The process's side of a command: words to standard error, data to standard output, the exit status.
package enum Terminal {
  /// Parses and runs a command, and ends the process with the status of the table in `CommandStatus`: the one place that
  /// does. What goes wrong is said under the first word of the command's name, the program's.
  package static func run(_ type: any ParsableCommand.Type, _ words: [String]) -> Never {
    let program = type.configuration.commandName?.split(separator: " ").first ?? ""
    do {
      var command = try type.parseAsRoot(words)
      try command.run()
      exit(.done)
    } catch let failure as CommandFailure {
      if !failure.message.isEmpty { say("\(program): \(failure.message)") }
      exit(failure.status)
    } catch {
      let isHelp = type.exitCode(for: error) == .success
      if isHelp {
        print(type.fullMessage(for: error))
        exit(.done)
      }
      let words = type.fullMessage(for: error)
      say("\(program): " + (words.hasPrefix("Error: ") ? String(words.dropFirst("Error: ".count)) : words))
      exit(.usage)
    }
  }

  /// A line for people.
  package static func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

  /// Data for the next program.
  ///
  /// - Throws: `CommandFailure` where nobody can take it, as when the disk is full.
  package static func put(_ text: String) throws(CommandFailure) {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
      throw CommandFailure(.inputOutput, "standard output: cannot be written")
    }
  }

  /// Refuses a file that `publish` would not write, before long work is spent on it.
  package static func refuse(_ path: String, force: Bool) throws(CommandFailure) {
    do throws(FileFault) {
      try AtomicFile.check(path: path, force: force)
    } catch {
      throw CommandFailure(.cannotCreate, "\(path): \(error.message)")
    }
  }

  /// Writes a file, whole or not at all.
  package static func publish(_ bytes: [UInt8], to path: String, force: Bool) throws(CommandFailure) {
    do throws(FileFault) { try AtomicFile.publish(bytes, to: path, force: force) } catch { throw failure(error, path) }
  }

  /// The same for several runs of bytes, one after another.
  package static func publish(
    _ parts: [UnsafeRawBufferPointer], to path: String, force: Bool
  ) throws(CommandFailure) {
    do throws(FileFault) {
      try AtomicFile.publish(parts: parts, to: path, force: force)
    } catch {
      throw failure(error, path)
    }
  }

  private static func failure(_ fault: FileFault, _ path: String) -> CommandFailure {
    CommandFailure(fault == .noSpace ? .inputOutput : .cannotCreate, "\(path): \(fault.message)")
  }

  /// Whether somebody watches standard error.
  package static var isWatched: Bool { isatty(STDERR_FILENO) == 1 }

  private static func exit(_ status: CommandStatus) -> Never { Foundation.exit(status.rawValue) }
}
