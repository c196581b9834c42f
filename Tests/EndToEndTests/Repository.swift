import Foundation
import HRNFormat
import HRNTestSupport
import Testing

/// Where the tests find the trained models and the data they were trained for.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func model(_ name: String) -> String { root.appendingPathComponent("Models/\(name)/\(name).hrn").path }

  static func rival(_ name: String) -> String { root.appendingPathComponent("Models/rivals/\(name).hrn").path }

  static let pictureFolder = root.appendingPathComponent("Models/fashion-hrn50/pictures").path

  static var pictures: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: pictureFolder)) ?? []
    return names.sorted().map { pictureFolder + "/" + $0 }
  }

  /// Debian's `dataset-fashion-mnist`, which `Tools/setup` installs.
  static let fashion = "/usr/share/datasets/fashion-mnist"
}

/// The trained models compiled once for all tests of this process.
final class CompiledModels: Sendable {
  static let shared = Result { try CompiledModels() }

  let folder: ScratchFolder

  private init() throws {
    folder = try ScratchFolder()
    for name in ["tiny-hrn", "fashion-hrn18-xs", "fashion-hrn50"] {
      try compileModel(Repository.model(name), ["--precision", "float32"], to: float32(name))
    }
    let training = Repository.fashion + "/train-images-idx3-ubyte.gz"
    for name in ["tiny-hrn", "fashion-hrn18-xs", "fashion-hrn50"] {
      try compileModel(Repository.model(name), ["--precision", "bfloat16"], to: bfloat16(name))
    }
    for name in ["tiny-hrn", "fashion-hrn18-xs"] {
      try compileModel(Repository.model(name), ["--calibrate", training, "--limit", "64"], to: int8(name))
    }
  }

  func float32(_ name: String) -> String { folder.file("\(name).float32.hrn") }
  func bfloat16(_ name: String) -> String { folder.file("\(name).bfloat16.hrn") }
  func int8(_ name: String) -> String { folder.file("\(name).int8.hrn") }
}

struct CompileFailure: Error {
  var words: String
}

func compileModel(_ source: String, _ options: [String], to output: String) throws {
  let result = try runCommand("hrn-compile", [source, "-o", output] + options)
  guard result.status == 0 else {
    throw CompileFailure(words: "hrn-compile \(source): \(result.status) \(result.errors)")
  }
}

/// Expects one answer, to the bit, of a compiled model to the pictures of `Models`, whatever kind of CPU and number of
/// threads it runs on.
func expectOneAnswer(of model: String, _ runs: [(cpu: String, threads: Int)]) throws {
  var answers: Set<String> = []
  for (cpu, threads) in runs {
    let result = try runCommand(
      "hrn-run",
      [model, "--json", "--outputs", "--cpu", cpu, "--threads", String(threads)] + Repository.pictures)
    #expect(result.status == 0, "\(result.errors)")
    answers.insert(result.output)
  }
  #expect(answers.count == 1)
  #expect(answers.first?.isEmpty == false)
}

/// Holds what `hrn-run` answers for a compiled model to the golden pictures of its source file, which have PyTorch's
/// float32 answers.
func expectGoldenAnswers(of model: String, source path: String, in folder: ScratchFolder) throws {
  let source = try ModelFile(path: path)
  let name = source.graph.name
  let goldens = source.graph.goldens
  try #require(goldens.count >= 4)
  let pictures = try goldens.enumerated().map { index, golden in
    try folder.write(Array(source.bytes(golden.jpeg)), to: "\(name)-\(index).jpg")
    return folder.file("\(name)-\(index).jpg")
  }
  let result = try runCommand("hrn-run", [model, "--json", "--outputs"] + pictures)
  #expect(result.status == 0)
  let lines = result.output.split(separator: "\n")
  try #require(lines.count == goldens.count)
  for (golden, line) in zip(goldens, lines) {
    let answer = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    let outputs = try #require(answer["outputs"] as? [String: [Double]])
    for expected in golden.answers {
      let output = source.graph.outputs[expected.output]
      let found = try #require(outputs[output.name])
      let bytes = source.bytes(expected.expected)
      try #require(found.count == bytes.count / 4)
      for (index, value) in found.enumerated() {
        let reference = bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
        #expect(
          abs(Float(value) - reference) <= 1e-5,
          "\(name) \(golden.name) \(output.name)[\(index)]: \(value) \(reference)")
      }
    }
  }
}
