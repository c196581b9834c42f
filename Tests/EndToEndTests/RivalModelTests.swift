import Foundation
import HRNFormat
import HRNTestSupport
import Testing

/// The networks of the other methods through every command: what they compute beside convolutions and linears is
/// constraints over the tree, slices, concatenations, the global maximum and batch norms of their own.
@Suite(.serialized)
struct RivalModelTests {
  static let names = ["lmlp", "hmcn", "fgn", "chmcnn", "flat"]

  let compiled: CompiledRivals

  init() throws { compiled = try CompiledRivals.shared.get() }

  /// 1e-5 is the room that another order of the same sums needs.
  @Test(arguments: names)
  func float32AnswersAsPyTorchDoes(name: String) throws {
    try expectGoldenAnswers(of: compiled.float32(name), source: Repository.rival(name), in: compiled.folder)
  }

  @Test(arguments: names)
  func everyFileAnswersItsOwnGoldenPictures(name: String) throws {
    for model in [compiled.int8(name), compiled.float32(name)] {
      let result = try runCommand("hrn-run", [model, "--self-test"])
      #expect(result.status == 0, "\(result.output) \(result.errors)")
    }
  }

  @Test(arguments: names)
  func floatAndInt8PassParity(name: String) throws {
    for model in [compiled.int8(name), compiled.float32(name)] {
      let result = try runCommand(
        "hrn-parity", [Repository.rival(name), model, "--images", Repository.fashion, "--limit", "400"])
      #expect(result.status == 0, "\(result.output) \(result.errors)")
      #expect(result.output.contains("PASS mlperf-99"))
    }
  }

  @Test(arguments: names)
  func int8GivesTheSameBytesOnEveryKindOfCPUAndThreadCount(name: String) throws {
    try expectOneAnswer(of: compiled.int8(name), [("scalar", 1), ("avx2", 1), ("avx2", 2), ("avx512vnni", 3)])
  }

  /// Scores that the network's last operation makes coherent stay so in int8: no label above its parent.
  @Test(arguments: [("chmcnn", "sigmoid"), ("lmlp", "coherent")])
  func noLabelScoresAboveItsParent(name: String, score: String) throws {
    for model in [compiled.int8(name), compiled.float32(name)] {
      let tree = try #require(try ModelFile(path: model).graph.tree)
      let result = try runCommand("hrn-run", [model, "--json", "--outputs"] + Repository.pictures)
      for line in result.output.split(separator: "\n") {
        let answer = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let outputs = try #require(answer["outputs"] as? [String: [Double]])
        let scores = try tree.levels.map { try #require(outputs["\($0.name).\(score)"]) }
        for (above, level) in zip(tree.levels.indices, tree.levels.indices.dropFirst()) {
          for (label, parent) in tree.levels[level].parents.enumerated() {
            #expect(scores[level][label] <= scores[above][Int(parent)])
          }
        }
      }
    }
  }

  /// A network with a classifier at the deepest level alone answers at every level all the same.
  @Test func theFlatNetworkAnswersAtEveryLevel() throws {
    let result = try runCommand("hrn-run", [compiled.int8("flat"), "--json", Repository.pictures[0]])
    let answer = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let levels = try #require(answer["levels"] as? [[String: Any]])
    #expect(levels.compactMap { $0["level"] as? String } == ["group", "kind", "class"])
  }
}

/// The rivals' networks compiled once for all tests of this process.
final class CompiledRivals: Sendable {
  static let shared = Result { try CompiledRivals() }

  let folder: ScratchFolder

  private init() throws {
    folder = try ScratchFolder()
    let training = Repository.fashion + "/train-images-idx3-ubyte.gz"
    for name in RivalModelTests.names {
      try compileModel(Repository.rival(name), ["--precision", "float32"], to: float32(name))
      try compileModel(Repository.rival(name), ["--calibrate", training, "--limit", "64"], to: int8(name))
    }
  }

  func float32(_ name: String) -> String { folder.file("\(name).float32.hrn") }
  func int8(_ name: String) -> String { folder.file("\(name).int8.hrn") }
}
