import Foundation

/// What a command left behind.
package struct CommandResult: Sendable {
  package var status: Int32
  package var output: String
  package var errors: String

  /// Standard output as lines of JSON objects.
  package var json: [[String: Any]] {
    output.split(separator: "\n").map { line in
      (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any] ?? ["not JSON": String(line)]
    }
  }
}

/// A folder of its own for one test, removed with the value's last use.
package final class ScratchFolder: Sendable {
  package let path: String

  /// What holds the folders of this process, and goes with it: fixtures that tests share are never released.
  private static let all: URL = {
    atexit { try? FileManager.default.removeItem(at: ScratchFolder.all) }
    return FileManager.default.temporaryDirectory.appendingPathComponent("hrn-test-\(UUID().uuidString)")
  }()

  package init() throws {
    let url = Self.all.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  package func file(_ name: String) -> String { path + "/" + name }

  /// Every file below the folder, sorted.
  package var listing: [String] {
    (FileManager.default.enumerator(atPath: path)?.allObjects as? [String] ?? []).sorted()
  }

  package func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
  }

  package func bytes(of name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: file(name))))
  }
}

/// Where the build put one of this package's commands: beside the tests.
package func builtCommand(_ name: String) -> URL {
  var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
  for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
    folder = URL(fileURLWithPath: argument).resolvingSymlinksInPath().deletingLastPathComponent()
  }
  return folder.appendingPathComponent(name)
}

/// Runs one of this package's commands to its end; `input` reaches it through a pipe. It may map so many bytes at most
/// where `memory` says how many.
package func runCommand(
  _ name: String, _ arguments: [String], input: Data = Data(), in folder: String? = nil,
  environment: [String: String] = [:], memory: Int? = nil
) throws -> CommandResult {
  let process = Process()
  process.executableURL = builtCommand(name)
  process.arguments = arguments
  if let memory {
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "ulimit -v \(memory >> 10) && exec \"$0\" \"$@\"", builtCommand(name).path] + arguments
  }
  process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
  if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
  // Files, not pipes: a command that writes much never waits for the test to read.
  let streams = try ScratchFolder()
  let handles = try ["output", "errors"].map { name in
    try streams.write([], to: name)
    return try FileHandle(forWritingTo: URL(fileURLWithPath: streams.file(name)))
  }
  let pipe = Pipe()
  process.standardInput = pipe
  process.standardOutput = handles[0]
  process.standardError = handles[1]
  try process.run()
  // A thread of its own: a command that does not read its input must not stop the test.
  let writer = Thread {
    try? pipe.fileHandleForWriting.write(contentsOf: input)
    try? pipe.fileHandleForWriting.close()
  }
  writer.start()
  process.waitUntilExit()
  try pipe.fileHandleForReading.close()
  while !writer.isFinished { usleep(200) }
  for handle in handles { try handle.close() }
  return CommandResult(
    status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
    output: String(decoding: try streams.bytes(of: "output"), as: UTF8.self),
    errors: String(decoding: try streams.bytes(of: "errors"), as: UTF8.self))
}
