import Foundation
import HRNFormat
import HRNTestSupport
import Testing

/// Other readers of protobuf take our files for what they are.
struct InteroperationTests {
  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static func find(_ tool: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map { "\($0)/\(tool)" }.first(where: FileManager.default.isExecutableFile)
  }

  /// Runs a program with a file as its standard input, or nothing; what it prints and its exit status.
  private func run(_ tool: String, _ arguments: [String], input: String? = nil) throws -> (String, Int32) {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: tool)
    process.arguments = arguments
    process.standardOutput = output
    process.standardInput = try input.map { try FileHandle(forReadingFrom: URL(filePath: $0)) }
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (text, process.terminationStatus)
  }

  @Test(.enabled(if: find("protoc") != nil), arguments: Sample.allCases)
  func protocReadsAFileAndFindsNothingUnknown(_ sample: Sample) throws {
    let directory = try Directory()
    try AtomicFile.publish(try sample.bytes(), to: directory.path("model.hrn"), force: false)
    let (text, status) = try run(
      try #require(Self.find("protoc")),
      ["--decode=hrn.Model", "-I\(Self.root.path)/Schemas", "\(Self.root.path)/Schemas/hrn.proto"],
      input: directory.path("model.hrn"))
    #expect(status == 0)
    let lines = text.split(separator: "\n")
    #expect(lines.contains("graph {"))
    #expect(lines.contains("  name: \"tiny\""))
    #expect(!lines.contains { $0.drop(while: \.isWhitespace).first?.isNumber == true }, "an unknown field")
  }

  /// `HRN_PYTHON`, or the first `python3` of the path; nil when it has no protobuf.
  private static let python: String? = {
    guard let python = ProcessInfo.processInfo.environment["HRN_PYTHON"] ?? find("python3") else { return nil }
    let process = Process()
    process.executableURL = URL(filePath: python)
    process.arguments = ["-c", "import google.protobuf"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    process.waitUntilExit()
    return process.terminationStatus == 0 ? python : nil
  }()

  @Test(.enabled(if: python != nil), arguments: Sample.allCases)
  func pythonReadsAFileAndWritesTheSameBytes(_ sample: Sample) throws {
    let directory = try Directory()
    try AtomicFile.publish(try sample.bytes(), to: directory.path("model.hrn"), force: false)
    let script = """
      import sys
      sys.path.insert(0, sys.argv[1])
      import hrn_pb2
      content = open(sys.argv[2], "rb").read()
      model = hrn_pb2.Model.FromString(content)
      print(model.graph.name, len(model.graph.nodes), model.SerializeToString(deterministic=True) == content)
      """
    let (text, status) = try run(
      try #require(Self.python),
      ["-c", script, "\(Self.root.path)/Tools/train/hrn_train", directory.path("model.hrn")])
    #expect(status == 0)
    #expect(try text == "tiny \(sample.model().graph.nodes.count) True\n")
  }
}
