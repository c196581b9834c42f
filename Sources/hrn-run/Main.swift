import CHRNPlatform
import HRNFormat

/// `hrn-run`: a compiled model and images to labels.
@main enum Main {
  static func main() {
    hrn_ignore_broken_pipes()
    let status: CommandStatus
    do throws(Failure) {
      status = try run()
    } catch {
      if !error.message.isEmpty { Streams.complain(error.message) }
      status = error.status
    }
    hrn_exit(status.rawValue)
  }

  private static func run() throws(Failure) -> CommandStatus {
    switch try CommandLineParser.parse() {
    case .help:
      try Streams.write(Help.text)
      return .done
    case .version:
      try Streams.write(Help.version)
      return .done
    case .run(let options):
      let runner = try Runner(options)
      switch options.task {
      case .classify: return try runner.classifyImages()
      case .tensor(let path): return try runner.runTensors(path)
      case .selfTest: return try runner.selfTest()
      case .bench(let count): return try runner.bench(count)
      }
    }
  }
}

/// The end of a run that could not do what was asked.
struct Failure: Error {
  var status: CommandStatus
  /// Words for people; empty where nobody is left to read them.
  var message: String

  init(_ status: CommandStatus, _ message: String) {
    self.status = status
    self.message = message
  }
}
