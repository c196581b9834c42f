import Foundation
import HRNCompiler

/// What was measured. The keys of the JSON are these names in snake case.
struct BenchReport: Encodable {
  struct Node: Encodable {
    var name: String
    var operation: String
    var medianMs: Double
  }

  var model: String
  var precision: String
  var machine: String
  var threads: Int
  var cpu: String
  var loadMs: Double
  var firstMs: Double
  var warmup: Int
  /// In the order of the runs.
  var latenciesMs: [Double]
  var peakResidentBytes: Int
  var arenaBytes: Int
  var nodes: [Node]?

  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    // Every number is finite, so encoding cannot fail.
    return String(decoding: try! encoder.encode(self), as: UTF8.self) + "\n"
  }

  var text: String {
    var lines = [
      "\(model), \(precision), \(counted(threads, "thread")), \(cpu) kernels",
      machine,
      "load       \(Self.words(loadMs))",
      "first      \(Self.words(firstMs))",
      "latency    p50 \(Self.words(percentile(50)))  p90 \(Self.words(percentile(90)))"
        + "  p99 \(Self.words(percentile(99)))  max \(Self.words(percentile(100)))  of \(latenciesMs.count) runs",
      "memory     peak \(Bytes.words(peakResidentBytes)) of this process, arena \(Bytes.words(arenaBytes))",
    ]
    if let nodes {
      let sum = nodes.reduce(0) { $0 + $1.medianMs }
      lines += ["", "node by node, medians:"]
      lines += nodes.map { node in
        let share = String(format: "%5.1f %%", sum > 0 ? 100 * node.medianMs / sum : 0)
        return "  \(Self.words(node.medianMs))  \(share)  \(node.operation)  \(node.name)"
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The smallest latency that `percent` of the runs do not exceed.
  private func percentile(_ percent: Int) -> Double {
    let sorted = latenciesMs.sorted()
    return sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
  }

  private static func words(_ milliseconds: Double) -> String { String(format: "%8.3f ms", milliseconds) }

  private func counted(_ count: Int, _ noun: String) -> String { count == 1 ? "1 \(noun)" : "\(count) \(noun)s" }
}
