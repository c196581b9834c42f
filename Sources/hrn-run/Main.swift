import CHRNPlatform

/// `hrn-run`: a compiled model and images to labels.
@main enum Main {
  static func main() {
    hrn_ignore_broken_pipes()
    let status: ExitStatus
    do throws(Failure) {
      status = try run()
    } catch {
      if !error.message.isEmpty { Streams.complain(error.message) }
      status = error.status
    }
    hrn_exit(status.rawValue)
  }

  private static func run() throws(Failure) -> ExitStatus {
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

/// What the command tells its caller; the same table as the other commands'.
enum ExitStatus: Int32 {
  case done = 0
  case no = 1
  case someFailed = 2
  case usage = 64
  case badInput = 65
  case missingInput = 66
  case defect = 70
  case inputOutput = 74
}

/// The end of a run that could not do what was asked.
struct Failure: Error {
  var status: ExitStatus
  /// Words for people; empty where nobody is left to read them.
  var message: String

  init(_ status: ExitStatus, _ message: String) {
    self.status = status
    self.message = message
  }
}
