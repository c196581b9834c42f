import Foundation
import HRNTestSupport
import Testing

/// What every command does where nobody can read what it writes.
@Suite struct StreamTests {
  static let commands = ["hrn-run", "hrn-compile", "hrn-parity", "hrn-bench"]

  @Test(arguments: commands) func aFullDiskIsAnError(command: String) throws {
    #expect(try status(of: "\"$0\" --help > /dev/full 2> /dev/null", command) == 74)
    #expect(try status(of: "\"$0\" --version > /dev/full 2> /dev/null", command) == 74)
  }

  @Test(arguments: commands) func aReaderThatLeavesIsNoError(command: String) throws {
    #expect(try status(of: "(sleep 0.2; \"$0\" --help) | true; exit ${PIPESTATUS[0]}", command) == 0)
  }

  @Test(arguments: commands, ["2> /dev/full", "2>&-"])
  func wordsThatNobodyTakesChangeNoStatus(command: String, redirection: String) throws {
    #expect(try status(of: "\"$0\" --frobnicate \(redirection)", command) == 64)
  }

  @Test func aModelIsWrittenThoughNobodyTakesTheWords() throws {
    let folder = try ScratchFolder()
    let source = RunFixture.source
    let output = folder.file("model.hrn")
    #expect(try status(of: "\"$0\" '\(source)' -o '\(output)' 2> /dev/full", "hrn-compile") == 0)
    #expect(folder.listing == ["model.hrn"])
  }

  /// How a line of bash ends, in which `$0` is the command.
  private func status(of line: String, _ command: String) throws -> Int32 {
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/bash")
    shell.arguments = ["-c", line, builtCommand(command).path]
    try shell.run()
    shell.waitUntilExit()
    return shell.terminationStatus
  }
}
