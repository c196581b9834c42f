import Foundation

/// What a command printed and answered.
struct CommandResult {
  var status: Int32
  var output: Data
  var errors: String

  var text: String { String(decoding: output, as: UTF8.self) }
  /// Standard output as lines of JSON objects.
  var json: [[String: Any]] {
    output.split(separator: 0x0A).map {
      (try? JSONSerialization.jsonObject(with: $0)) as? [String: Any] ?? [
        "not JSON": String(decoding: $0, as: UTF8.self)
      ]
    }
  }
}

/// One of the package's commands, as it was built beside these tests.
struct Command {
  let name: String

  /// The folder of the built products, which the test bundle lies in too.
  static let products: URL = {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
      folder = URL(fileURLWithPath: argument).resolvingSymlinksInPath().deletingLastPathComponent()
    }
    return folder
  }()

  /// Runs the command to its end.
  func callAsFunction(_ arguments: String..., input: Data? = nil, in folder: URL? = nil) throws -> CommandResult {
    let process = Process()
    process.executableURL = Self.products.appendingPathComponent(name)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let (output, errors, standardInput) = (Pipe(), Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = standardInput
    try process.run()
    // Each pipe is served by a thread of its own, so that none can fill while another is read.
    nonisolated(unsafe) var words = Data()
    let reader = Thread { words = errors.fileHandleForReading.readDataToEndOfFile() }
    let writer = Thread {
      try? standardInput.fileHandleForWriting.write(contentsOf: input ?? Data())
      try? standardInput.fileHandleForWriting.close()
    }
    reader.start()
    writer.start()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    while !reader.isFinished || !writer.isFinished { usleep(200) }
    return CommandResult(
      status: process.terminationStatus, output: bytes, errors: String(decoding: words, as: UTF8.self))
  }
}
