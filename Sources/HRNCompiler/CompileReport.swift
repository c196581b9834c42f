import Foundation
import HRNFormat
import HRNGraph
import HRNImport

/// What came of a compilation, for the summary and `--json`.
package struct CompileReport: Encodable, Equatable, Sendable {
  package struct Size: Encodable, Equatable, Sendable {
    package var nodes: Int
    package var constantBytes: Int

    init(_ graph: ModelGraph) {
      nodes = graph.nodes.count
      constantBytes = graph.tensors.reduce(0) { $0 + ($1.weights?.length ?? 0) }
    }

    init(_ graph: Graph) {
      nodes = graph.nodes.count
      constantBytes = graph.constants.values.reduce(0) { $0 + $1.count * $1.elementType.byteCount }
    }
  }

  /// What is said about the source once it has been compiled and let go of.
  struct Source {
    var format: String
    var sha256: [UInt8]
    var notes: [String]
    var size: Size

    init(_ model: TrainedModel) {
      format = model.format
      sha256 = model.sourceSHA256
      notes = model.notes
      size = Size(model.graph)
    }
  }

  package struct Pass: Encodable, Equatable, Sendable {
    package var name: String
    package var changes: Int
  }

  package struct Calibrated: Encodable, Equatable, Sendable {
    package var images: Int
    /// Files that were named like images and could not be read.
    package var unreadable: [String]
  }

  /// A layer that was tried by Winograd in 8 bits: its output's signal-to-noise ratio against float, in either form.
  package struct Approximation: Encodable, Equatable, Sendable {
    package var node: String
    package var directDecibels: Double
    package var decibels: Double
    package var isChosen: Bool

    init(_ approximation: Provenance.Approximation) {
      node = approximation.node
      directDecibels = approximation.directDecibels
      decibels = approximation.decibels
      isChosen = approximation.isChosen
    }

    var words: String {
      let (decibels, direct) = (String(format: "%.1f", decibels), String(format: "%.1f", directDecibels))
      return "\(node): signal to noise \(decibels) dB by Winograd in 8 bits, \(direct) dB without: "
        + (isChosen ? "taken" : "left")
    }
  }

  package var name: String
  package var precision: String
  /// What was recognized in the source and decided about it, a line each.
  package var notes: [String]
  package var source: Size
  package var compiled: Size
  package var fileBytes: Int
  package var passes: [Pass]
  package var arenaBytes: Int
  package var arenaLowerBound: Int
  package var goldens: Int
  package var calibration: Calibrated?
  package var approximations: [Approximation]
  package var check: SelfCheck

  init(
    _ source: Source, _ compiled: LoweredModel, calibration: Calibration?, check: SelfCheck
  ) {
    name = compiled.graph.name
    precision = compiled.graph.precision.name
    notes = source.notes
    self.source = source.size
    self.compiled = Size(compiled.graph)
    fileBytes = 0
    passes = compiled.graph.passes.map { Pass(name: $0.name, changes: $0.nodes.count) }
    arenaBytes = compiled.arena.byteCount
    arenaLowerBound = compiled.arena.lowerBound
    goldens = compiled.graph.goldens.count
    self.calibration = calibration.map {
      Calibrated(images: $0.imageCount, unreadable: $0.unreadable.map { "\($0.name): \($0.reason)" })
    }
    approximations = (compiled.graph.provenance.calibration?.approximations ?? []).map { Approximation($0) }
    self.check = check
  }

  /// As JSON, keys sorted, with where the model was written.
  package func json(output: String) -> String {
    struct Written: Encodable {
      var output: String
      var report: CompileReport
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // Every number is finite, so encoding cannot fail.
    return String(decoding: try! encoder.encode(Written(output: output, report: self)), as: UTF8.self) + "\n"
  }

  /// For people, a line each.
  package var lines: [String] {
    var lines = notes
    if !passes.isEmpty { lines += ["passes"] + passes.map { "  \($0.name): \($0.changes)" } }
    lines.append(
      "\(source.nodes) nodes, \(Bytes.words(source.constantBytes)) of constants"
        + " → \(compiled.nodes) nodes, \(Bytes.words(compiled.constantBytes))")
    lines.append("arena \(Bytes.words(arenaBytes)) (lower bound \(Bytes.words(arenaLowerBound)))")
    if let calibration {
      // Without images, training has left its ranges in the file.
      lines.append(
        calibration.images == 0 ? "calibrated in training" : "calibrated on \(counted(calibration.images, "image"))")
      let bad = calibration.unreadable
      lines += bad.prefix(3).map { "  left out \($0)" }
      if bad.count > 3 { lines.append("  and \(bad.count - 3) more") }
    }
    if !approximations.isEmpty { lines += ["approximations"] + approximations.map { "  " + $0.words } }
    lines.append("self-check: \(check.words)")
    if check.agreeing * 10 < check.labels * 9 {
      lines.append("  many labels differ: calibrate on more images or with another --calibration-method")
    }
    return lines
  }
}
