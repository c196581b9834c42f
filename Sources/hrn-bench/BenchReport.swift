import CHRNPlatform
import Foundation
import HRNCompiler
import HRNFormat
import HRNRuntime

/// What was measured. The keys of the JSON are these names in snake case.
struct BenchReport {
  struct Node: Encodable {
    var name: String
    var operation: String
    var plan: String
    var medianMs: Double
    /// Multiplications of the operation as it is defined, however it is computed.
    var products: Int
    var weightBytes: Int
    /// The type that it multiplies: "float32", "bfloat16" or "int8"; that of its input where it has no weights.
    var type: String
    /// Products a second in the unit of the peak, and as a share of it.
    var gmacs: Double { Double(products) / medianMs / 1e6 }
    func shareOfPeak(_ peaks: Peaks) -> Double {
      switch type {
      case "int8": gmacs / peaks.int8.gmacs
      case "bfloat16": gmacs / (peaks.bfloat16 ?? peaks.float32).gmacs
      default: gmacs / peaks.float32.gmacs
      }
    }
    /// GB of weights a second, which bounds what reads each weight once.
    var weightGbs: Double { Double(weightBytes) / medianMs / 1e6 }
  }

  struct Start: Encodable {
    /// From before a process exists to its first result; of it loading, and the first inference.
    var startMs: Double
    var loadMs: Double
    var firstMs: Double
    var peakResidentBytes: Int

    init(_ start: ColdStart) {
      (startMs, loadMs, firstMs) = (start.start, start.load, start.first)
      peakResidentBytes = start.peakResidentBytes
    }
  }

  struct Preparation: Encodable {
    var decodeMs: Double
    var resizeMs: Double
    /// Both, as they are done: interleaved.
    var prepareMs: Double
  }

  struct Competition: Encodable {
    var processes: Int
    var quietMs: [Double]
    var competingMs: [Double]
  }

  struct Model: Encodable {
    /// None is left of a network that is made up and not kept.
    var file: String?
    var synthetic: String?
    var model: String
    var precision: String
    var threads: Int
    var cpu: String
    /// In this process.
    var loadMs: Double
    var firstMs: Double = 0
    /// In processes of their own.
    var start: Start?
    var warmup = 0
    /// In the order of the runs.
    var latenciesMs: [Double] = []
    var arenaBytes: Int
    var fileBytes: Int
    var picture: Preparation?
    var competition: Competition?
    var nodes: [Node]?
    /// The file that holds the outputs.
    var outputsF32: String?

    /// What people know it by.
    var title: String { file ?? "--synthetic \(synthetic ?? "")" }

    init(_ subject: Subject) {
      let graph = subject.graph
      file = subject.file.isTemporary ? nil : subject.file.path
      synthetic = subject.file.synthetic
      model = subject.session.model.name
      precision = graph.precision.name
      threads = subject.session.threads
      cpu = subject.session.cpu.name
      loadMs = subject.loadMilliseconds
      arenaBytes = graph.plan?.arenaBytes ?? 0
      fileBytes = subject.session.model.file.fileBytes.count
    }
  }

  /// How much of the first model's time the second takes.
  struct Ratio: Encodable {
    var median: Double
    var low: Double
    var high: Double

    init(_ first: [Double], _ second: [Double]) {
      let sample = Sample(zip(second, first).map { $0 / $1 })
      median = sample.median
      (low, high) = (sample.medianInterval.lowerBound, sample.medianInterval.upperBound)
    }
  }

  var machine = Machine.current
  var models: [Model]
  var peaks: Peaks?
  /// The most memory that this process held, whatever it did: what a start needs is said with the start.
  var peakResidentBytes = Int(hrn_memory_peak())

  var ratio: Ratio? { models.count == 2 ? Ratio(models[0].latenciesMs, models[1].latenciesMs) : nil }

  /// One line: the model's own keys beside those of the machine, or a list of both models.
  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    // Every number is finite, so encoding cannot fail.
    return String(decoding: try! encoder.encode(self), as: UTF8.self) + "\n"
  }
}

extension BenchReport: Encodable {
  private enum Key: CodingKey {
    case machine, models, peaks, peakResidentBytes, ratio
    case p50Ms, p90Ms, p99Ms, maxMs
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(machine, forKey: .machine)
    try container.encodeIfPresent(peaks, forKey: .peaks)
    try container.encode(peakResidentBytes, forKey: .peakResidentBytes)
    guard models.count == 1 else {
      try container.encode(models, forKey: .models)
      return try container.encodeIfPresent(ratio, forKey: .ratio)
    }
    try models[0].encode(to: encoder)
    let latencies = Sample(models[0].latenciesMs)
    try container.encode(latencies.median, forKey: .p50Ms)
    try container.encode(latencies.percentile(90), forKey: .p90Ms)
    try container.encode(latencies.percentile(99), forKey: .p99Ms)
    try container.encode(latencies.percentile(100), forKey: .maxMs)
  }
}

/// What the times were measured on.
enum Machine {
  /// The CPU's name and how many of them there are.
  static var current: String {
    let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let name = information.split(separator: "\n").first { $0.hasPrefix("model name") }?
      .split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
    return "\(name ?? "unknown CPU"), \(ProcessInfo.processInfo.activeProcessorCount) cores"
  }
}
