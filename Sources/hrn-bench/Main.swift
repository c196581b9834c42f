import HRNCommandLine

@main enum Main {
  static func main() { Terminal.run(BenchCommand.self, Array(CommandLine.arguments.dropFirst())) }
}
