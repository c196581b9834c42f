import Foundation
import HRNFormat
import HRNTestSupport
import Testing

/// `hrn-run` from the outside.
struct RunTests {
  let run = Command(name: "hrn-run")
  let fixture: RunFixture

  init() throws { fixture = try RunFixture.shared.get() }

  // MARK: Answers

  @Test func aPictureGetsALabelAtEachLevelWithTheKindOfItsScore() throws {
    let result = try run(fixture.model, fixture.pictures[0])
    let lines = result.output.split(separator: "\n")
    #expect(result.status == 0)
    #expect(result.errors.isEmpty)
    #expect(lines.count == 4)
    #expect(lines[0] == fixture.pictures[0][...])
    #expect(lines[1].hasPrefix("  group  ") && lines[1].contains(" %  (sigmoid; subtree "))
    #expect(lines[2].hasPrefix("  class  ") && lines[2].hasSuffix(" %  (softmax)"))
    #expect(lines[3] == "  levels agree" || lines[3].hasPrefix("  levels disagree: '"))
  }

  @Test func jsonHasALinePerImageAndEveryNumberOnRequest() throws {
    let result = try run(fixture.model, fixture.pictures[0], fixture.pictures[1], "--json", "--outputs", "--marginals")
    #expect(result.status == 0)
    #expect(result.json.count == 2)
    for (line, picture) in zip(result.json, fixture.pictures) {
      #expect(line["file"] as? String == picture)
      #expect(line["agree"] is Bool)
      let levels = try #require(line["levels"] as? [[String: Any]])
      #expect(levels.map { $0["level"] as? String } == ["group", "class"])
      #expect(levels.map { $0["kind"] as? String } == ["sigmoid", "softmax"])
      let tree = try #require(fixture.graph.tree)
      for (level, words) in zip(tree.levels, levels) {
        let index = try #require(words["index"] as? Int)
        #expect(words["label"] as? String == level.labels[index])
        #expect(words["score"] is Double && words["subtree"] is Double && words["marginal"] is Double)
      }
      let outputs = try #require(line["outputs"] as? [String: [Double]])
      #expect(Set(outputs.keys) == Set(fixture.graph.outputs.map(\.name)))
    }
  }

  @Test func numbersReadBackAsTheSameBits() throws {
    let result = try run(fixture.model, fixture.pictures[2], "--json", "--outputs")
    let outputs = try #require(result.json[0]["outputs"] as? [String: [Double]])
    let file = try ModelFile(path: fixture.model)
    for answer in file.graph.goldens[2].answers {
      let expected = file.bytes(answer.expected)
      let found = try #require(outputs[file.graph.outputs[answer.output].name])
      for (index, value) in found.enumerated() {
        #expect(Float(value).bitPattern == expected.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
      }
    }
  }

  @Test func answersDependNeitherOnThreadsNorOnTheKindOfCPU() throws {
    let expected = try run(
      fixture.model, fixture.pictures[0], "--json", "--outputs", "--cpu", "scalar", "--threads", "1")
    for arguments in [("avx2", "1"), ("avxvnni", "2"), ("avx512vnni", "3")] {
      let result = try run(
        fixture.model, fixture.pictures[0], "--json", "--outputs", "--cpu", arguments.0, "--threads", arguments.1)
      #expect(result.output == expected.output, "\(arguments)")
    }
  }

  @Test func topListsFurtherLabelsWithTheGreatestFirst() throws {
    let result = try run(fixture.model, fixture.pictures[0], "--json", "--top", "3")
    let levels = try #require(result.json[0]["levels"] as? [[String: Any]])
    let top = try #require(levels[1]["top"] as? [[String: Any]])
    let scores = top.compactMap { $0["score"] as? Double }
    #expect(scores.count == 3)
    #expect(scores == scores.sorted(by: >))
    #expect(top[0]["index"] as? Int == levels[1]["index"] as? Int)
  }

  @Test func thePathDecoderNeverContradictsItself() throws {
    let result = try run(
      fixture.model, fixture.pictures[0], fixture.pictures[1], fixture.pictures[2], "--json", "--decode", "path")
    #expect(result.json.allSatisfy { $0["agree"] as? Bool == true })
  }

  // MARK: Inputs

  @Test func standardInputIsAPictureOrSeveralInARow() throws {
    let jpegs = try fixture.pictures.prefix(3).map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
    let single = try run(fixture.model, fixture.pictures[1], "--json")
    let piped = try run(fixture.model, "-", "--json", input: jpegs[1])
    #expect(piped.json[0]["levels"] as? NSArray == single.json[0]["levels"] as? NSArray)
    let stream = try run(fixture.model, "-", "--json", input: jpegs[0] + jpegs[1] + jpegs[2])
    #expect(stream.status == 0)
    #expect(stream.json.map { $0["file"] as? String } == ["-", "-[1]", "-[2]"])
    #expect(stream.json[1]["levels"] as? NSArray == single.json[0]["levels"] as? NSArray)
  }

  @Test func imagesMayBeListedInAFile() throws {
    let list = Data((fixture.pictures.prefix(2).joined(separator: "\n") + "\r\n\n").utf8)
    let result = try run(fixture.model, "--files-from", "-", "--json", input: list)
    #expect(result.json.map { $0["file"] as? String } == Array(fixture.pictures.prefix(2)))
  }

  @Test func tensorsGiveWhatTheirPicturesGive() throws {
    let recipe = try #require(fixture.graph.recipe)
    let count = fixture.graph.tensors[fixture.graph.inputs[0]].shape.reduce(1, *)
    let black = (0 * recipe.scale - recipe.mean[0]) / recipe.std[0]
    let values = [Float](repeating: black, count: 2 * count)
    let data = values.withUnsafeBytes { Data($0) }
    let file = fixture.folder.appendingPathComponent("tensor-\(UUID()).f32")
    try data.write(to: file)
    let result = try run(fixture.bare, "--tensor", file.path, "--json")
    #expect(result.status == 0)
    #expect(result.json.map { $0["file"] as? String } == ["\(file.path)[0]", "\(file.path)[1]"])
    #expect(result.json[0]["outputs"] as? NSDictionary == result.json[1]["outputs"] as? NSDictionary)
    let piped = try run(fixture.bare, "--tensor", "-", input: data.prefix(4 * count))
    #expect(piped.output.hasPrefix("-[0]\n  \(fixture.graph.outputs[0].name) "))
  }

  @Test func aTensorOfTheWrongLengthIsRefused() throws {
    let count = fixture.graph.tensors[fixture.graph.inputs[0]].shape.reduce(1, *)
    let result = try run(fixture.model, "--tensor", "-", input: Data(count: 4 * count + 2))
    #expect(result.status == 65)
    #expect(
      result.errors.contains("has \(4 * count + 2) bytes, expected a multiple of \(4 * count): float32 [1, 32, 32]"))
    #expect(try run(fixture.model, "--tensor", "-", input: Data()).status == 65)
  }

  /// Several times what a pipe holds, with what looks like an end inside.
  @Test func largeImagesOfAStreamAreFoundWhole() throws {
    let picture = try Data(contentsOf: URL(fileURLWithPath: fixture.pictures[0]))
    let comment =
      Data([0xFF, 0xFE, 0xFF, 0xFF]) + Data(repeating: 0xFF, count: 40_000) + Data([0xD9])
      + Data(repeating: 7, count: 65_533 - 40_001)
    let large = picture.prefix(2) + comment + comment + comment + picture.dropFirst(2)
    let result = try run(fixture.model, "-", "--json", input: large + picture + large)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.json.map { $0["file"] as? String } == ["-", "-[1]", "-[2]"])
    #expect(result.json.allSatisfy { $0["levels"] as? NSArray == result.json[1]["levels"] as? NSArray })
  }

  // MARK: Self-test and bench

  @Test func theSelfTestPassesWhereEveryBitIsRight() throws {
    let result = try run(fixture.model, "--self-test")
    #expect(result.status == 0, "\(result.output) \(result.errors)")
    #expect(result.output.contains("equal bits; from the trained network by "))
    #expect(result.output.contains("self-test passed: \(fixture.pictures.count) images"))
    let json = try run(fixture.model, "--self-test", "--json")
    #expect(json.json.count == fixture.pictures.count)
    #expect(json.json.allSatisfy { $0["passes"] as? Bool == true })
  }

  @Test func theSelfTestFailsWhereOneBitIsWrong() throws {
    let result = try run(fixture.wrong, "--self-test")
    #expect(result.status == 1)
    #expect(result.output.contains("DIFFERS by "))
    #expect(result.output.contains("self-test FAILED: 1 of \(fixture.pictures.count) images"))
    #expect(try run(fixture.bare, "--self-test").status == 1)
  }

  @Test func theCompiledModelIsCloseToTheTrainedOne() throws {
    let lines = try run(fixture.model, "--self-test", "--json").json
    for line in lines {
      for output in try #require(line["outputs"] as? [[String: Any]]) {
        #expect(try #require(output["reference_difference"] as? Double) < 1e-4, "\(output)")
      }
    }
  }

  @Test func benchPrintsEveryLatency() throws {
    let result = try run(fixture.model, "--bench", "7", "--threads", "1")
    let line = try #require(result.json.first)
    #expect((line["latencies_ms"] as? [Double])?.count == 7)
    #expect(["load_ms", "first_ms", "p50_ms", "p90_ms", "p99_ms", "max_ms"].allSatisfy { line[$0] is Double })
    #expect(line["threads"] as? Int == 1)
    #expect((line["peak_resident_bytes"] as? Int ?? 0) > 1 << 20)
    #expect(result.errors.contains("7 runs on "))
    #expect(try run(fixture.model, fixture.pictures[0], "--bench", "2").status == 0)
  }

  @Test func benchOfNothingTimesTheFirstInference() throws {
    let result = try run(fixture.model, "--bench", "0")
    let line = try #require(result.json.first)
    #expect((line["first_ms"] as? Double ?? 0) > 0)
    #expect((line["latencies_ms"] as? [Double])?.isEmpty == true)
    #expect(result.errors == "")
  }
}
