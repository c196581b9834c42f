import Foundation
import HRNCompiler
import HRNFormat
import HRNGraph
import HRNImport
import HRNTestSupport
import Testing

@testable import HRNParity

@Suite struct ComparisonTests {
  /// A small network in all its forms, and pictures with labels.
  struct Models {
    let folder: String
    let source: ParityModel
    let float32: ParityModel
    let int8: ParityModel

    init(levels: [Int] = [2, 5], seed: UInt64 = 1) throws {
      folder = NSTemporaryDirectory() + "hrn-" + UUID().uuidString
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let graph = hrnGraph(
        levels: levels, width: 16, features: 8, embedding: 8, imageSize: 12, channels: 1, seed: seed)
      try Models.writePictures(24, labels: levels[levels.count - 1], in: folder)
      let trained = graph.encodedAsSource()
      source = ParityModel(try ModelFile(graph: trained.graph, weights: trained.weights), name: "small.hrn")
      let fused = try PassPipeline().run(on: graph)
      float32 = try Models.compiled(fused, "small.float32.hrn")
      let reader = try ImageReader(
        try ImageSet(path: folder), recipe: graph.recipe!, shape: graph.shape(of: graph.inputs[0]))
      let calibration = try Calibration(
        fused, reader, engine: { graph throws(QuantizeError) in try ReferenceEngine(graph) })
      int8 = try Models.compiled(try QuantizeInt8.quantize(fused, calibration: calibration), "small.int8.hrn")
    }

    static func compiled(_ graph: Graph, _ name: String) throws -> ParityModel {
      let lowered = try Lowering.lower(graph)
      return ParityModel(try ModelFile(graph: lowered.graph, weights: lowered.weights), name: name)
    }

    static func writePictures(_ count: Int, labels: Int, in folder: String) throws {
      func header(_ words: [Int]) -> [UInt8] {
        words.flatMap { word in (0..<4).map { UInt8(word >> (24 - $0 * 8) & 255) } }
      }
      var random = SeededGenerator(seed: 11)
      let pixels = (0..<count * 144).map { _ in UInt8.random(in: 0...255, using: &random) }
      let answers = (0..<count).map { _ in UInt8.random(in: 0..<UInt8(labels), using: &random) }
      try Data(header([0x803, count, 12, 12]) + pixels).write(
        to: URL(fileURLWithPath: folder + "/t10k-images-idx3-ubyte"))
      try Data(header([0x801, count]) + answers).write(to: URL(fileURLWithPath: folder + "/t10k-labels-idx1-ubyte"))
    }

    func pictures() throws -> ImageSet { try ImageSet(path: folder, tree: source.graph.tree) }
  }

  @Test func aModelAgreesWithItself() throws {
    let models = try Models()
    let comparison = try Comparison(reference: models.source, subject: models.source, images: try models.pictures())
    #expect(comparison.images == 24 && comparison.levels.map(\.name) == ["level1", "level2"])
    for level in comparison.levels {
      #expect(level.agreeing == 24 && level.labelled == 24)
      #expect(level.onlyReferenceRight == 0 && level.onlySubjectRight == 0)
      #expect(level.maxDistance == 0 && level.logitDecibels == .infinity)
    }
    #expect(comparison.reference.consistent == comparison.subject.consistent)
    let report = Report(comparison, policy: .mlperf999)
    #expect(report.passed && report.verdict.hasPrefix("PASS mlperf-99.9"))
    // So few images say little.
    #expect(report.warnings.contains { $0.contains("24 images are few") })
  }

  @Test func theCompiledFloatNetworkIsTheTrainedOneWithinRounding() throws {
    let models = try Models()
    let comparison = try Comparison(reference: models.source, subject: models.float32, images: try models.pictures())
    for level in comparison.levels {
      #expect(level.agreeing == 24)
      #expect(level.logitDecibels > 90, "\(level.name): \(level.logitDecibels) dB")
    }
  }

  @Test func int8IsNearAndEveryNodeIsCompared() throws {
    let models = try Models()
    let options = Comparison.Options(limit: 20, threads: 1, nodeImages: 5)
    let comparison = try Comparison(
      reference: models.source, subject: models.int8, images: try models.pictures(), options: options)
    #expect(comparison.images == 20)
    for level in comparison.levels {
      #expect(level.logitDecibels > 20 && level.logitDecibels < 80, "\(level.name): \(level.logitDecibels) dB")
      #expect(level.maxDistance > 0)
    }
    let compared = comparison.nodes.map(\.name)
    for name in ["stem.conv", "stem.pool", "level1.head", "level2.softmax"] {
      #expect(compared.contains(name), "\(name) in \(compared)")
    }
    #expect(comparison.nodes.allSatisfy { $0.decibels > 15 })
  }

  @Test func threadsChangeNothing() throws {
    let models = try Models()
    let set = try models.pictures()
    let one = try Comparison(reference: models.source, subject: models.int8, images: set)
    let three = try Comparison(
      reference: models.source, subject: models.int8, images: set, options: Comparison.Options(threads: 3))
    for (a, b) in zip(one.levels, three.levels) {
      #expect(a.distances == b.distances && a.agreeing == b.agreeing && a.bothRight == b.bothRight)
    }
    #expect(one.imagesSHA256 == three.imagesSHA256)
  }

  @Test func anotherTreeOrRecipeIsRefused() throws {
    let models = try Models()
    let set = try models.pictures()
    var graph = hrnGraph(levels: [2, 5], width: 16, features: 8, embedding: 8, imageSize: 12, channels: 1)
    graph.tree?.levels[1].labels[3] = "another"
    var other = graph.encodedAsSource()
    let relabelled = ParityModel(try ModelFile(graph: other.graph, weights: other.weights), name: "other.hrn")
    #expect(throws: ParityError.labelsDiffer(level: "level2")) {
      try Comparison(reference: models.source, subject: relabelled, images: set)
    }
    graph.tree?.levels[1].labels[3] = try #require(models.source.graph.tree?.levels[1].labels[3])
    let parents = try #require(graph.tree?.levels[1].parents)
    graph.tree?.levels[1].parents = parents.map { 1 - $0 }
    other = graph.encodedAsSource()
    let moved = ParityModel(try ModelFile(graph: other.graph, weights: other.weights), name: "other.hrn")
    #expect(throws: ParityError.labelsDiffer(level: "level2")) {
      try Comparison(reference: models.source, subject: moved, images: set)
    }
    graph.recipe?.mean = [0.4]
    other = graph.encodedAsSource()
    let shifted = ParityModel(try ModelFile(graph: other.graph, weights: other.weights), name: "other.hrn")
    #expect(throws: ParityError.recipesDiffer(reference: "small.hrn", subject: "other.hrn")) {
      try Comparison(reference: models.source, subject: shifted, images: set)
    }
    graph.recipe = nil
    other = graph.encodedAsSource()
    let bare = ParityModel(try ModelFile(graph: other.graph, weights: other.weights), name: "bare.hrn")
    #expect(throws: ParityError.noRecipe(path: "bare.hrn")) {
      try Comparison(reference: models.source, subject: bare, images: set)
    }
  }

  @Test func aNetworkThatDecidesOtherwiseFailsThePolicy() throws {
    let models = try Models()
    var graph = hrnGraph(levels: [2, 5], width: 16, features: 8, embedding: 8, imageSize: 12, channels: 1)
    let head = try #require(graph.node(named: "level2.leaf-head"))
    for parameter in head.parameters {
      graph.constants[parameter] = .float32(try #require(graph.floats(of: parameter)).map { -$0 })
    }
    let encoded = graph.encodedAsSource()
    let contrary = ParityModel(try ModelFile(graph: encoded.graph, weights: encoded.weights), name: "contrary.hrn")
    let set = try ImageSet(path: models.folder)
    let report = Report(
      try Comparison(reference: models.source, subject: contrary, images: set), policy: .mlperf99)
    #expect(report.judgements.map(\.passed) == [true, false])
    #expect(report.verdict == "FAIL mlperf-99: only 0.00 % of the labels at 'level2' agree; at least 99 % is asked for")
    #expect(report.warnings.contains { $0.hasPrefix("no labels are known") })
  }

  @Test func aLevelThatIsNotComparedIsNamed() throws {
    let models = try Models()
    let encoded = hrnGraph(levels: [2], width: 16, features: 8, embedding: 8, imageSize: 12, channels: 1)
      .encodedAsSource()
    let coarse = ParityModel(try ModelFile(graph: encoded.graph, weights: encoded.weights), name: "coarse.hrn")
    let comparison = try Comparison(reference: models.source, subject: coarse, images: try models.pictures())
    #expect(comparison.levels.map(\.name) == ["level1"])
    let warning = "level 'level2' is not decided by both models: not compared"
    #expect(Report(comparison, policy: .mlperf99).warnings.contains(warning))
    let same = try Comparison(reference: models.source, subject: models.int8, images: try models.pictures())
    #expect(same.unpairedLevels.isEmpty)
  }

  /// Without a tree outputs go by their names, which those of a model with one have too.
  @Test func levelsThatAreComparedByTheirOutputsNamesAreNotNamed() throws {
    let models = try Models()
    var graph = hrnGraph(levels: [2, 5], width: 16, features: 8, embedding: 8, imageSize: 12, channels: 1)
    graph.tree = nil
    for index in graph.outputs.indices { (graph.outputs[index].level, graph.outputs[index].decides) = (nil, false) }
    let encoded = graph.encodedAsSource()
    let bare = ParityModel(try ModelFile(graph: encoded.graph, weights: encoded.weights), name: "bare.hrn")
    for (reference, subject) in [(models.source, bare), (bare, models.source)] {
      let comparison = try Comparison(reference: reference, subject: subject, images: try models.pictures())
      #expect(comparison.levels.count == graph.outputs.count { $0.kind != .feature })
      #expect(comparison.unpairedLevels.isEmpty)
    }
  }

  @Test func numbersThatAreNoneAreNotEqual() throws {
    let models = try Models()
    var graph = hrnGraph(levels: [2, 5], width: 16, features: 8, embedding: 8, imageSize: 12, channels: 1)
    let head = try #require(graph.node(named: "level2.leaf-head"))
    let weights = try #require(graph.floats(of: head.parameters[0]))
    graph.constants[head.parameters[0]] = .float32(weights.map { _ in .nan })
    let encoded = graph.encodedAsSource()
    let broken = ParityModel(try ModelFile(graph: encoded.graph, weights: encoded.weights), name: "broken.hrn")
    let set = try ImageSet(path: models.folder)
    let error = #expect(throws: ParityError.self) {
      try Comparison(reference: broken, subject: broken, images: set)
    }
    #expect(error?.message.hasSuffix("it answers with numbers that are not finite") == true)
  }

  @Test func theReportSaysTheSameAsTextAndAsJSON() throws {
    let models = try Models()
    let options = Comparison.Options(threads: 1, nodeImages: 2)
    let report = Report(
      try Comparison(
        reference: models.source, subject: models.int8, images: try models.pictures(), options: options),
      policy: .mlperf99)
    let text = report.text
    for line in text.split(separator: "\n") where !line.hasPrefix("images ") && !line.hasPrefix("warning: ") {
      #expect(line.last != " " && line.count <= 120, "\(line)")
    }
    #expect(text.contains("small.int8.hrn (compiled, int8)") && text.contains("small.hrn (trained graph, float32)"))
    #expect(text.hasSuffix(report.verdict + "\n"))
    let json = try #require(JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
    #expect(json["verdict"] as? String == report.verdict)
    #expect(json["passed"] as? Bool == report.passed)
    let levels = try #require(json["levels"] as? [[String: Any]])
    #expect(levels.compactMap { $0["name"] as? String } == ["level1", "level2"])
    let agreement = try #require(levels[1]["agreement"] as? [String: Any])
    #expect(agreement["count"] as? Int == report.comparison.levels[1].agreeing)
  }

  @Test func tablesAreAligned() {
    #expect(
      Report.table([["level", "a", "bb"], ["x", "100", "2"], ["longer", "1", ""]]) == [
        "level     a  bb", "x       100   2", "longer    1",
      ])
  }

  @Test func aCertificateGoesIntoTheFileAndNothingElseChanges() throws {
    let models = try Models()
    let path = models.folder + "/small.int8.hrn"
    let original = try ModelWriter.encode(models.int8.graph, weights: Array(try #require(models.int8.file).weights))
    try AtomicFile.publish(original, to: path, force: false)
    let subject = try ParityModel(path: path)
    let report = Report(
      try Comparison(reference: models.source, subject: subject, images: try models.pictures()), policy: .mlperf99)
    try report.certify(subject)
    let certified = try ParityModel(path: path)
    let certificate = try #require(certified.file?.certificate)
    #expect(certificate == report.certificate)
    #expect(certificate.images == 24 && certificate.policy == "mlperf-99" && certificate.levels.count == 2)
    #expect(certificate.subjectSHA256 == subject.file?.digest?.sha256)
    let (written, read) = (try #require(certified.file), try #require(subject.file))
    #expect(certified.graph == subject.graph && Array(written.weights) == Array(read.weights))
    #expect(throws: ParityError.notCertifiable(path: "small.hrn")) { try report.certify(models.source) }
  }

  @Test func missingAndDamagedFilesAreNamed() throws {
    let models = try Models()
    let path = models.folder + "/damaged.hrn"
    #expect(throws: ParityError.model(path: path, .file(.missing))) { try ParityModel(path: path) }
    var bytes = try ModelWriter.encode(models.int8.graph, weights: Array(try #require(models.int8.file).weights))
    bytes[bytes.count - 100] ^= 1
    try AtomicFile.publish(bytes, to: path, force: false)
    #expect(throws: ParityError.model(path: path, .format(.digest(.weights)))) { try ParityModel(path: path) }
  }
}
