import ArgumentParser
import Foundation
import HRNCompiler

/// The one place that ends the process, with the status of the table in `CommandStatus`.
@main enum Main {
  static func main() {
    do {
      let command = try BenchCommand.parse()
      try command.run()
      end(.done)
    } catch let failure as CommandFailure {
      say("hrn-bench: \(failure.message)")
      end(failure.status)
    } catch {
      if BenchCommand.exitCode(for: error) == .success {
        print(BenchCommand.fullMessage(for: error))
        end(.done)
      }
      let words = BenchCommand.fullMessage(for: error)
      say("hrn-bench: " + (words.hasPrefix("Error: ") ? String(words.dropFirst("Error: ".count)) : words))
      end(.usage)
    }
  }

  private static func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

  private static func end(_ status: CommandStatus) -> Never { exit(status.rawValue) }
}
