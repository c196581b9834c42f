import Foundation
import HRNFormat
import HRNTestSupport
import Testing

/// The shipped networks through every command, as a user meets them.
@Suite(.serialized)
struct TrainedModelTests {
  let compiled: CompiledModels

  init() throws { compiled = try CompiledModels.shared.get() }

  /// The golden pictures of a source file hold what PyTorch computed in float32. 1e-5 is the room that another order of
  /// the same sums needs.
  @Test(arguments: ["tiny-hrn", "fashion-hrn18-xs", "fashion-hrn50"])
  func float32AnswersAsPyTorchDoes(name: String) throws {
    try expectGoldenAnswers(of: compiled.float32(name), source: Repository.model(name), in: compiled.folder)
  }

  @Test(arguments: ["tiny-hrn", "fashion-hrn18-xs"])
  func int8GivesTheSameBytesOnEveryKindOfCPUAndThreadCount(name: String) throws {
    let kinds = ["scalar", "avx2", "avxvnni", "avx512vnni"]
    try expectOneAnswer(of: compiled.int8(name), kinds.flatMap { kind in (1...3).map { (kind, $0) } })
  }

  /// Every number here is either 0 or far from 2⁻¹²⁶, so that the tier which drops what is smaller agrees too.
  @Test(arguments: ["tiny-hrn", "fashion-hrn18-xs"])
  func bfloat16GivesTheSameBytesOnEveryKindOfCPUAndThreadCount(name: String) throws {
    let kinds = ["scalar", "avx2", "avxvnni", "avx512vnni", "avx512bf16"]
    try expectOneAnswer(of: compiled.bfloat16(name), kinds.flatMap { kind in (1...3).map { (kind, $0) } })
  }

  @Test(arguments: ["tiny-hrn", "fashion-hrn18-xs"])
  func everyFileAnswersItsOwnGoldenPictures(name: String) throws {
    for model in [compiled.int8(name), compiled.bfloat16(name), compiled.float32(name)] {
      let result = try runCommand("hrn-run", [model, "--self-test"])
      #expect(result.status == 0, "\(result.output) \(result.errors)")
    }
  }

  /// One bit in the graph, one in the weights: the first is noticed always, the second when asked for, since looking for
  /// it reads every page of the file.
  @Test func aFlippedBitIsNoticed() throws {
    let model = try compiled.folder.bytes(of: "fashion-hrn18-xs.int8.hrn")
    let weights = try ModelFile(bytes: model).weightsByteCount
    for (name, place) in [("graph", 3000), ("weights", model.count - weights / 2)] {
      var damaged = model
      damaged[place] ^= 1
      try compiled.folder.write(damaged, to: "flipped-\(name).hrn")
    }
    let flipped = compiled.folder.file("flipped-")
    let graph = try runCommand("hrn-run", [flipped + "graph.hrn", Repository.pictures[0]])
    #expect(graph.status == 65 && graph.output.isEmpty)
    for arguments in [["--self-test"], ["--verify", Repository.pictures[0]]] {
      let result = try runCommand("hrn-run", [flipped + "weights.hrn"] + arguments)
      #expect(result.status == 65 && result.output.isEmpty)
      #expect(
        result.errors == "hrn-run: \(flipped)weights.hrn: the digest of the weights does not match; "
          + "the file is damaged, copy or compile it again\n")
    }
  }

  @Test func theSampleImagesGetTheirLabels() throws {
    try #require(Repository.pictures.count >= 8)
    for model in [compiled.float32("fashion-hrn50"), compiled.bfloat16("fashion-hrn50")] {
      let result = try runCommand("hrn-run", [model, "--json"] + Repository.pictures)
      var right = 0
      for (line, picture) in zip(result.output.split(separator: "\n"), Repository.pictures) {
        let answer = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let levels = try #require(answer["levels"] as? [[String: Any]])
        let label = try #require(levels.last?["label"] as? String)
        if URL(fileURLWithPath: picture).lastPathComponent.hasPrefix(label) { right += 1 }
      }
      #expect(right == Repository.pictures.count)
    }
  }

  @Test func int8AndBFloat16PassParityOnTestPictures() throws {
    for model in [compiled.int8("fashion-hrn18-xs"), compiled.bfloat16("fashion-hrn18-xs")] {
      let result = try runCommand(
        "hrn-parity",
        [Repository.model("fashion-hrn18-xs"), model, "--images", Repository.fashion, "--limit", "400"])
      #expect(result.status == 0, "\(result.output) \(result.errors)")
      #expect(result.output.contains("PASS mlperf-99"))
    }
  }

  /// The smaller network is a point behind the larger one, which the stricter policy does not let pass.
  @Test func aWorseNetworkIsToldSo() throws {
    let result = try runCommand(
      "hrn-parity",
      [Repository.model("fashion-hrn50"), compiled.int8("fashion-hrn18-xs"), "--images", Repository.fashion]
        + ["--limit", "400", "--policy", "mlperf-99.9"])
    #expect(result.status == 1, "\(result.output) \(result.errors)")
    #expect(result.output.contains("FAIL mlperf-99.9"))
  }

  @Test func protocDecodesTheFileWithItsWeights() throws {
    for model in [Repository.model("tiny-hrn"), compiled.int8("tiny-hrn")] {
      let schema = Repository.root.appendingPathComponent("Schemas").path
      let words = try shell("protoc -I'\(schema)' --decode hrn.Model '\(schema)/hrn.proto' < '\(model)'")
      #expect(words.status == 0, "\(words.output)")
      #expect(words.output.contains("\nweights: "))
      #expect(words.output.contains("format_version: 1"))
    }
  }

  @Test func weightsAreMappedAndNotRead() throws {
    let model = compiled.int8("fashion-hrn18-xs")
    let trace = try shell(
      "strace -f -y -e trace=read,pread64,readv,mmap '\(builtCommand("hrn-run").path)' '\(model)' "
        + "'\(Repository.pictures[0])' 2>&1 > /dev/null")
    let lines = trace.output.split(separator: "\n").filter { $0.contains("fashion-hrn18-xs.int8.hrn>") }
    #expect(lines.contains { $0.contains("mmap(") }, "\(trace.output)")
    #expect(!lines.contains { $0.contains("read(") || $0.contains("pread64(") || $0.contains("readv(") })
  }

  private func shell(_ command: String) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", command]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
  }
}
