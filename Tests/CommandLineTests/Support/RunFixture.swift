import Foundation
import HRNCompiler
import HRNFormat
import HRNGraph
import HRNImage
import HRNRuntime

/// Files for `hrn-run` to run: the tiny model as trained and compiled, and its pictures.
final class RunFixture: @unchecked Sendable {
  static let shared = Result { try RunFixture() }

  let folder: URL
  /// The compiled float32 model, with its pictures' answers inside.
  var model: String { folder.appendingPathComponent("tiny.f32.hrn").path }
  /// The same with one answer changed by one bit.
  var wrong: String { folder.appendingPathComponent("wrong.hrn").path }
  /// The same without label tree, recipe and pictures.
  var bare: String { folder.appendingPathComponent("bare.hrn").path }
  /// The model as trained.
  static let source =
    URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../Models/tiny-hrn/tiny-hrn.hrn").standardized.path
  let pictures: [String]
  let graph: ModelGraph

  private init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("hrn-run-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let trained = try ModelFile(path: Self.source)
    let fused = try PassPipeline().run(on: Graph(decoding: trained))
    var lowered = try Lowering.lower(fused)
    let answers = try Self.answers(of: lowered, to: fused.goldens)
    let plain = lowered
    lowered.append(answers)
    graph = lowered.graph
    var pictures: [String] = []
    for golden in fused.goldens {
      let file = folder.appendingPathComponent("\(golden.name).jpg")
      try Data(golden.jpeg).write(to: file)
      pictures.append(file.path)
    }
    self.pictures = pictures
    try write(lowered, to: model)
    var changed = plain
    var spoiled = answers
    spoiled[0].answers[0].expected[0] = spoiled[0].answers[0].expected[0].nextUp
    changed.append(spoiled)
    try write(changed, to: wrong)
    var bare = plain
    bare.graph.tree = nil
    bare.graph.recipe = nil
    for index in bare.graph.outputs.indices {
      bare.graph.outputs[index].level = nil
      bare.graph.outputs[index].decides = false
    }
    try write(bare, to: self.bare)
  }

  private func write(_ model: LoweredModel, to path: String) throws {
    try Data(ModelWriter.encode(model.graph, weights: model.weights)).write(to: URL(fileURLWithPath: path))
  }

  /// The pictures with what the lowered model answers.
  private static func answers(of lowered: LoweredModel, to pictures: [GoldenPicture]) throws -> [GoldenPicture] {
    let session = try Session(
      Model(file: ModelFile(graph: lowered.graph, weights: lowered.weights)), options: SessionOptions(threads: 1))
    let preprocessor = try Preprocessor(lowered.graph.recipe!)
    return try pictures.map { picture in
      try preprocessor.prepare(jpeg: picture.jpeg.span)
      try session.run(pixels: preprocessor.pixels.withPixels { $0.withUnsafeBufferPointer { [UInt8]($0) } })
      var picture = picture
      for index in picture.answers.indices {
        picture.answers[index].reference = picture.answers[index].expected
        picture.answers[index].tolerance = nil
        picture.answers[index].expected = [Float](session.output(picture.answers[index].output))
      }
      return picture
    }
  }
}
