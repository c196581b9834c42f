import Foundation
import HRNTestSupport
import Testing

/// What `hrn-run` says and answers when it cannot do what was asked.
struct RunErrorTests {
  let run = Command(name: "hrn-run")
  let fixture: RunFixture

  init() throws { fixture = try RunFixture.shared.get() }

  @Test func helpAndVersionAreForStandardOutput() throws {
    for option in ["--help", "-h"] {
      let result = try run(option)
      #expect(result.status == 0)
      #expect(result.errors.isEmpty)
      #expect(result.output == (try String(contentsOf: golden("hrn-run-help.txt"), encoding: .utf8)))
    }
    let version = try run("--version")
    #expect(version.status == 0)
    #expect(version.output.hasPrefix("hrn-run "))
  }

  private func golden(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Goldens/\(name)")
  }

  @Test(arguments: [
    ([], "no model"), (["m.hrn"], "no images; give JPEG files, or - for standard input"),
    (["m.hrn", "a.jpg", "--frobnicate"], "unknown option '--frobnicate'"),
    (["m.hrn", "a.jpg", "-x"], "unknown option '-x'"),
    (["m.hrn", "--top"], "option '--top' needs a value"), (["--json=1"], "option '--json=1' takes no value"),
    (["--t", "1"], "option '--t' is short for more than one"),
    (["m.hrn", "a.jpg", "--threads", "0"], "--threads '0': expected a number from 1 to 256"),
    (["m.hrn", "a.jpg", "--threads", "two"], "--threads 'two': expected a number from 1 to 256"),
    (
      ["m.hrn", "a.jpg", "--cpu", "sse2"],
      "--cpu 'sse2': expected scalar, avx2, avxvnni, avx512vnni, avx512bf16, neon, dotprod or i8mm"
    ),
    (["m.hrn", "a.jpg", "--backend", "gpu"], "--backend 'gpu': expected direct or blas"),
    (["m.hrn", "a.jpg", "--decode", "best"], "--decode 'best': expected independent or path"),
    (["m.hrn", "--bench", "-1"], "--bench '-1': expected a number from 0 to 1000000"),
    (["m.hrn", "a.jpg", "--self-test"], "--tensor and --self-test take no images"),
    (
      ["m.hrn", "--self-test", "--bench", "3"], "--tensor, --self-test and --bench are three things to do; ask for one"
    ),
    (["m.hrn", "-", "-"], "standard input can be read once only"),
    (["-", "a.jpg"], "the model must be a file; standard input is for images"),
  ])
  func aWrongCommandLineSaysWhatIsWrong(arguments: [String], words: String) throws {
    let result = try call(arguments)
    #expect(result.status == 64)
    #expect(result.output.isEmpty)
    #expect(result.errors == "hrn-run: \(words)\n  see hrn-run --help\n")
  }

  private func call(_ arguments: [String]) throws -> CommandResult {
    switch arguments.count {
    case 0: try run()
    case 1: try run(arguments[0])
    case 2: try run(arguments[0], arguments[1])
    case 3: try run(arguments[0], arguments[1], arguments[2])
    default: try run(arguments[0], arguments[1], arguments[2], arguments[3])
    }
  }

  @Test func aModelThatIsNotThereIsMissing() throws {
    let result = try run("nowhere.hrn", fixture.pictures[0])
    #expect(result.status == 66)
    #expect(result.errors == "hrn-run: nowhere.hrn: no such file or directory\n")
  }

  @Test func aFileThatIsNoModelIsBadInput() throws {
    let result = try run(fixture.pictures[0], fixture.pictures[0])
    #expect(result.status == 65)
    #expect(result.errors.hasPrefix("hrn-run: \(fixture.pictures[0]): "))
  }

  @Test func aModelAsTrainedIsRefusedWithTheCommandThatCompilesIt() throws {
    let result = try run(fixture.source, fixture.pictures[0])
    #expect(result.status == 65)
    let stem = fixture.source.dropLast(4)
    #expect(result.errors.contains("  compile it: hrn-compile \(stem).hrn -o \(stem).int8.hrn\n"))
  }

  @Test func oneImageThatFailsDecidesTheStatus() throws {
    let missing = try run(fixture.model, "nowhere.jpg")
    #expect(missing.status == 66)
    #expect(missing.errors == "hrn-run: nowhere.jpg: No such file or directory\n")
    let bad = try run(fixture.model, fixture.model)
    #expect(bad.status == 65)
    #expect(bad.errors.hasPrefix("hrn-run: \(fixture.model): is not a JPEG"))
    #expect(try run(fixture.model, "/").status == 65)
    #expect(try run(fixture.model, "-", input: Data()).status == 65)
  }

  @Test func oneBadImageDoesNotStopTheOthers() throws {
    let result = try run(fixture.model, fixture.pictures[0], "nowhere.jpg", fixture.pictures[1], "--json")
    #expect(result.status == 2)
    #expect(result.json.map { $0["file"] as? String } == Array(fixture.pictures.prefix(2)))
    #expect(result.errors == "hrn-run: nowhere.jpg: No such file or directory\n")
  }

  @Test func aPictureForAModelWithoutARecipeIsRefused() throws {
    let result = try run(fixture.bare, fixture.pictures[0])
    #expect(result.status == 65)
    #expect(result.errors.contains("the model has no preprocessing recipe, so it takes numbers (--tensor)"))
  }

  @Test func namesThatWouldActOnATerminalAreMadeVisible() throws {
    let name = "evil\u{1B}[2J\u{202E}.jpg"
    let file = fixture.folder.appendingPathComponent(name)
    try Data(contentsOf: URL(fileURLWithPath: fixture.pictures[0])).write(to: file)
    let result = try run(fixture.model, name, in: fixture.folder)
    #expect(result.output.hasPrefix("evil\\u{1b}[2J\\u{202e}.jpg\n"))
    #expect(try run(fixture.model, name, "--json", in: fixture.folder).json[0]["file"] as? String == name)
  }

  @Test func aFullDiskIsAnError() throws {
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = [
      "-c", "\"$0\" --help > /dev/full 2> /dev/null", builtCommand("hrn-run").path,
    ]
    try shell.run()
    shell.waitUntilExit()
    #expect(shell.terminationStatus == 74)
  }

  @Test func aReaderThatLeavesIsNoError() throws {
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/bash")
    shell.arguments = [
      "-c", "(sleep 0.2; \"$0\" --help) | true; exit ${PIPESTATUS[0]}",
      builtCommand("hrn-run").path,
    ]
    try shell.run()
    shell.waitUntilExit()
    #expect(shell.terminationStatus == 0)
  }
}
