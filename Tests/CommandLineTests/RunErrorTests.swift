import Foundation
import HRNFormat
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
    (["m.hrn", "--bench=1", "--files-from", "l"], "--bench takes one image at most"),
    (
      ["m.hrn", "--bench=1", "--top", "3"],
      "--self-test and --bench print no answers; leave out --top, --decode, --marginals and --outputs"
    ),
    (
      ["m.hrn", "--self-test", "--outputs"],
      "--self-test and --bench print no answers; leave out --top, --decode, --marginals and --outputs"
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

  /// Weights that 16 bits do not hold the sums of, in a file that is whole and says that they do.
  @Test func verificationHoldsWeightsToWhatThePlanSays() throws {
    var model = try TinyModels.compiled(.int8, target: .avx2)
    let weights = try #require(model.graph.tensors.first { $0.name == "features.weight" }?.weights)
    for place in 0...1 { model.weights[weights.offset + place] = 127 }
    let file = fixture.folder.appendingPathComponent("forged.hrn")
    try Data(ModelWriter.encode(model.graph, weights: model.weights)).write(to: file)
    #expect(try run(file.path, "--bench", "0").status == 0)
    let verified = try run(file.path, "--bench", "0", "--verify")
    #expect(verified.status == 65)
    #expect(verified.errors.contains("its plan says that they are narrow"))
    #expect(try Command(name: "hrn-compile")("inspect", file.path, "--verify").status == 65)
  }

  @Test func aModelAsTrainedIsRefusedWithTheCommandThatCompilesIt() throws {
    let result = try run(RunFixture.source, fixture.pictures[0])
    #expect(result.status == 65)
    #expect(result.errors.contains("  compile it: hrn-compile \(RunFixture.source) --calibrate PICTURES to int8"))
  }

  @Test func oneImageThatFailsDecidesTheStatus() throws {
    let missing = try run(fixture.model, "nowhere.jpg")
    #expect(missing.status == 66)
    #expect(missing.errors == "hrn-run: nowhere.jpg: No such file or directory\n")
    let bad = try run(fixture.model, fixture.model)
    #expect(bad.status == 65)
    #expect(bad.errors.hasPrefix("hrn-run: \(fixture.model): is not a JPEG"))
    let folder = try run(fixture.model, "/")
    #expect(folder.status == 66)
    #expect(folder.errors == "hrn-run: /: is a directory, expected a file\n")
    #expect(try run("/", "a.jpg").status == 66)
    #expect(try run(fixture.model, "-", input: Data()).status == 65)
  }

  @Test func oneBadImageDoesNotStopTheOthers() throws {
    let result = try run(fixture.model, fixture.pictures[0], "nowhere.jpg", fixture.pictures[1], "--json")
    #expect(result.status == 2)
    #expect(result.json.map { $0["file"] as? String } == Array(fixture.pictures.prefix(2)))
    #expect(result.errors == "hrn-run: nowhere.jpg: No such file or directory\n")
  }

  /// Of three images in a stream the second begins and ends and holds nothing.
  @Test func oneBadImageDoesNotStopAStream() throws {
    let pictures = try fixture.pictures.prefix(2).map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
    let result = try run(
      fixture.model, "-", "--json", input: pictures[0] + Data([0xFF, 0xD8, 0xFF, 0xD9]) + pictures[1])
    #expect(result.status == 2)
    #expect(result.json.map { $0["file"] as? String } == ["-", "-[2]"])
    #expect(result.errors.hasPrefix("hrn-run: -[1]: "))
  }

  /// Standard input is a folder here, which can be opened and not read.
  @Test func aStreamThatCannotBeReadIsOneImageThatFails() throws {
    let shell = Process()
    let (output, errors) = (Pipe(), Pipe())
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = [
      "-c", "\"$0\" \"$1\" - \"$2\" --json < /", builtCommand("hrn-run").path, fixture.model, fixture.pictures[0],
    ]
    (shell.standardOutput, shell.standardError) = (output, errors)
    try shell.run()
    let answers = output.fileHandleForReading.readDataToEndOfFile()
    let words = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    shell.waitUntilExit()
    #expect(words == "hrn-run: -: is a directory, expected a file\n")
    #expect(shell.terminationStatus == 2)
    #expect(answers.split(separator: 0x0A).count == 1)
  }

  @Test func aStreamEndsWhereItCeasesToBeJPEGs() throws {
    let picture = try Data(contentsOf: URL(fileURLWithPath: fixture.pictures[0]))
    let result = try run(
      fixture.model, "-", "--json", input: picture + Data("\(String(repeating: "words ", count: 99))".utf8))
    #expect(result.status == 2)
    #expect(result.json.map { $0["file"] as? String } == ["-"])
    #expect(result.errors == "hrn-run: -[1]: is not a JPEG: it looks like text\n")
  }

  /// What is no image, and no list, without an end: little of it is read, and less than there may be memory for.
  @Test func whatHasNoEndIsKnownByItsBeginning() throws {
    for (arguments, words) in [
      (["/dev/zero"], "is not a JPEG"), (["--bench=0", "/dev/zero"], "is not a JPEG"),
      (["--files-from", "/dev/zero"], "has bytes of value 0"),
    ] {
      let result = try runCommand("hrn-run", [fixture.model] + arguments, memory: 400 << 20)
      #expect(result.status == 65)
      #expect(result.errors.hasPrefix("hrn-run: /dev/zero: \(words)"), "\(result.errors)")
    }
  }

  @Test func anImageIsNoListOfImages() throws {
    let result = try run(fixture.model, "--files-from", fixture.pictures[0])
    #expect(result.status == 65)
    #expect(result.errors.contains("has bytes of value 0, expected names of images, one a line"))
  }

  @Test func labelsAreRefusedWhereThereAreNone() throws {
    let result = try run(fixture.bare, "--tensor", "/dev/null", "--top=3")
    #expect(result.status == 64)
    #expect(result.errors.contains("has no labels; leave out --top, --decode and --marginals"))
  }

  @Test func numbersThatAreNoneAreTold() throws {
    let count = fixture.graph.tensors[fixture.graph.inputs[0]].shape.reduce(1, *)
    var values = [Float](repeating: 0.5, count: count)
    (values[1], values[count - 1]) = (.nan, -.infinity)
    let result = try run(fixture.model, "--tensor", "-", input: values.withUnsafeBytes { Data($0) })
    #expect(result.status == 0)
    #expect(result.errors == "hrn-run: -[0]: 2 of \(count) numbers are infinite or none at all\n")
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
}
