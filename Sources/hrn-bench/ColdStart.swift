import Foundation
import HRNCompiler
import HRNFormat
import HRNRuntime

/// What it takes to begin: a process that is started, loads a model, runs it once, and ends.
///
/// The process is hrn-run, which a device would start, where it lies beside this command.
struct ColdStart {
  /// From before the process exists to its first result.
  var start: Double
  /// Of it, from the file's name to a session that can run, and the first inference.
  var load: Double
  var first: Double
  var peakResidentBytes: Int

  /// The medians of so many starts.
  static func median(of count: Int, _ file: ModelUnderTest, _ setup: Setup) throws(CommandFailure) -> ColdStart? {
    guard count > 0, let command = runner else { return nil }
    var starts: [ColdStart] = []
    for _ in 0..<count { starts.append(try run(command, file, setup)) }
    func median(_ value: (ColdStart) -> Double) -> Double { Sample(starts.map(value)).median }
    return ColdStart(
      start: median { $0.start }, load: median { $0.load }, first: median { $0.first },
      peakResidentBytes: Int(median { Double($0.peakResidentBytes) }))
  }

  /// hrn-run, of the same build.
  private static var runner: URL? {
    let command = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("hrn-run")
    return FileManager.default.isExecutableFile(atPath: command.path) ? command : nil
  }

  private static func run(_ command: URL, _ file: ModelUnderTest, _ setup: Setup) throws(CommandFailure) -> ColdStart {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = command
    process.arguments =
      [file.path, "--bench", "0", "--cpu", setup.cpu.name] + (setup.threads.map { ["--threads", "\($0)"] } ?? [])
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    let begin = now()
    do {
      try process.run()
    } catch {
      throw CommandFailure(.inputOutput, "\(command.path): cannot be started")
    }
    let line = pipe.fileHandleForReading.availableData
    let time = now() - begin
    let rest = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0, let answer = try? JSONDecoder().decode(Answer.self, from: line + rest) else {
      throw CommandFailure(
        .badInput, "\(file.title): hrn-run could not run it (status \(process.terminationStatus)); try --starts 0")
    }
    return ColdStart(
      start: time, load: answer.load_ms, first: answer.first_ms, peakResidentBytes: answer.peak_resident_bytes)
  }

  /// What is read of the line that hrn-run prints.
  private struct Answer: Decodable {
    var load_ms: Double
    var first_ms: Double
    var peak_resident_bytes: Int
  }
}
