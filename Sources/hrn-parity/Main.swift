import ArgumentParser
import Foundation
import HRNCompiler

/// Runs the command, and is the one place that ends the process.
@main enum Main {
  static func main() {
    do {
      var command = try ParityCommand.parseAsRoot(Array(CommandLine.arguments.dropFirst()))
      try command.run()
      exit(.done)
    } catch let failure as CommandFailure {
      if !failure.message.isEmpty { say("hrn-parity: \(failure.message)") }
      exit(failure.status)
    } catch {
      let message = ParityCommand.fullMessage(for: error)
      if ParityCommand.exitCode(for: error) == .success {
        print(message)
        exit(.done)
      }
      say("hrn-parity: " + (message.hasPrefix("Error: ") ? String(message.dropFirst("Error: ".count)) : message))
      exit(.usage)
    }
  }

  /// A line for people.
  static func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

  private static func exit(_ status: CommandStatus) -> Never { Foundation.exit(status.rawValue) }
}
