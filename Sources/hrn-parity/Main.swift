import HRNCommandLine

@main enum Main {
  static func main() { Terminal.run(ParityCommand.self, Array(CommandLine.arguments.dropFirst())) }
}
