import ArgumentParser
import HRNCommandLine

/// Chooses the command.
///
/// The commands besides the main one are chosen by the first word, so that `hrn-compile MODEL` needs none and its help
/// shows all flags at once.
@main enum Main {
  static func main() {
    let words = Array(CommandLine.arguments.dropFirst())
    let commands: [String: any ParsableCommand.Type] = [
      "inspect": InspectCommand.self, "export-onnx": ExportCommand.self, "passes": PassesCommand.self,
      "ops": OpsCommand.self,
    ]
    let command = words.first.flatMap { commands[$0] }
    Terminal.run(command ?? CompileCommand.self, command == nil ? words : Array(words.dropFirst()))
  }
}
