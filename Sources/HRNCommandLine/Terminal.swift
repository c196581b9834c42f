import ArgumentParser
import CHRNPlatform
import Foundation
import HRNCompiler
import HRNFormat
import HRNRuntime

/// The process's side of a command: words to standard error, data to standard output, the exit status.
package enum Terminal {
  /// Parses and runs a command, and ends the process with the status of the table in `CommandStatus`: the one place that
  /// does. What goes wrong is said under the first word of the command's name, the program's.
  package static func run(_ type: any ParsableCommand.Type, _ words: [String]) -> Never {
    hrn_ignore_broken_pipes()
    let program = type.configuration.commandName?.split(separator: " ").first ?? ""
    do {
      do {
        var command = try type.parseAsRoot(words)
        try command.run()
      } catch  where type.exitCode(for: error) == .success {
        // Help, or the version.
        try put(type.fullMessage(for: error) + "\n")
      }
      exit(.done)
    } catch let failure as CommandFailure {
      if !failure.message.isEmpty { say("\(program): \(failure.message)") }
      exit(failure.status)
    } catch {
      let words = type.fullMessage(for: error)
      say("\(program): " + (words.hasPrefix("Error: ") ? String(words.dropFirst("Error: ".count)) : words))
      exit(.usage)
    }
  }

  /// A line for people.
  package static func say(_ line: String) { show(line + "\n") }

  /// Text for people, to standard error, where nothing can be done about a failure.
  static func show(_ text: String) { _ = write(text, to: HRN_STDERR) }

  /// Data for the next program. That it has left, as `head` does, is no error: it has what it wanted.
  ///
  /// - Throws: `CommandFailure` where nobody can take it, as when the disk is full.
  package static func put(_ text: String) throws(CommandFailure) {
    let error = write(text, to: HRN_STDOUT)
    guard error == 0 || hrn_is_broken_pipe(error) != 0 else {
      throw CommandFailure(.inputOutput, "standard output: \(String(cString: hrn_error_text(error)))")
    }
  }

  /// The error's number, 0 where there is none.
  private static func write(_ text: String, to stream: Int) -> Int32 {
    var (text, error) = (text, Int32(0))
    _ = text.withUTF8 { hrn_write_stream(Int32(stream), $0.baseAddress, Int64($0.count), &error) }
    return error
  }

  /// Refuses more or fewer threads than there may be.
  package static func check(threads: Int) throws(CommandFailure) {
    let counts = SessionOptions.threadCounts
    guard counts.contains(threads) else {
      throw CommandFailure(.usage, "--threads is \(threads), expected \(counts.lowerBound) to \(counts.upperBound)")
    }
  }

  /// Whether two paths lead to one file, or would where there is none yet: to one name in one folder.
  package static func isSame(_ one: String, _ other: String) -> Bool {
    if isOneFile(one, other) { return true }
    let (a, b) = (
      URL(fileURLWithPath: AtomicFile.target(of: one)), URL(fileURLWithPath: AtomicFile.target(of: other))
    )
    return a.lastPathComponent == b.lastPathComponent
      && isOneFile(a.deletingLastPathComponent().path, b.deletingLastPathComponent().path)
  }

  private static func isOneFile(_ one: String, _ other: String) -> Bool {
    var (a, b) = (stat(), stat())
    return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino
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
