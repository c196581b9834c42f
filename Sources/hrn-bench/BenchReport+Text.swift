import Foundation
import HRNCompiler

extension BenchReport {
  /// The report for people.
  var text: String {
    var lines = [machine]
    if let peaks { lines += Self.lines(peaks) }
    for model in models { lines += [""] + Self.lines(model, peaks) }
    if let ratio {
      lines += [
        "",
        String(
          format: "%@ takes %.3f of the time of %@ (%.3f – %.3f, 19 times of 20), of %d pairs of runs", models[1].title,
          ratio.median, models[0].title, ratio.low, ratio.high, models[0].latenciesMs.count),
      ]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func lines(_ model: Model, _ peaks: Peaks?) -> [String] {
    let latencies = Sample(model.latenciesMs)
    var lines = [
      "\(model.title): \(model.model), \(model.precision), \(counted(model.threads, "thread")), \(model.cpu) kernels"
    ]
    if let start = model.start {
      lines += [
        "start      \(words(start.startMs)) to the first result of a new process, loading"
          + " \(words(start.loadMs)), running \(words(start.firstMs))",
        "memory     peak \(Bytes.words(start.peakResidentBytes)) of that process, arena \(Bytes.words(model.arenaBytes)),"
          + " file \(Bytes.words(model.fileBytes))",
      ]
    } else {
      lines += [
        "load       \(words(model.loadMs))", "first      \(words(model.firstMs))",
        "memory     arena \(Bytes.words(model.arenaBytes)), file \(Bytes.words(model.fileBytes))",
      ]
    }
    lines.append(
      "latency    \(percentiles(latencies))  max \(words(latencies.percentile(100)))"
        + "  of \(counted(latencies.values.count, "run"))")
    if let picture = model.picture {
      lines.append(
        "picture    decode \(words(picture.decodeMs))  resize \(words(picture.resizeMs))"
          + "  infer \(words(latencies.median))  together \(words(picture.prepareMs + latencies.median))")
    }
    if let competition = model.competition { lines.append(Self.line(competition)) }
    if let nodes = model.nodes, let peaks { lines += Self.lines(nodes, peaks) }
    return lines
  }

  private static func line(_ competition: Competition) -> String {
    let (quiet, competing) = (Sample(competition.quietMs), Sample(competition.competingMs))
    return "beside     \(counted(competition.processes, "busy process", "busy processes")): \(percentiles(competing)),"
      + " without \(percentiles(quiet))" + String(format: ": %.2f times as long", competing.median / quiet.median)
  }

  private static func lines(_ peaks: Peaks) -> [String] {
    let rates = [
      ("float32", peaks.float32), ("bfloat16", peaks.bfloat16), ("int8", peaks.int8),
      ("int8 pairs", peaks.int8Pairs), ("int16", peaks.int16),
    ]
    let words = rates.compactMap { name, rate in
      rate.map { "\(name) " + String(format: "%.1f GMAC/s", $0.gmacs) + " (\($0.instruction))" }
    }
    return [
      "peak       " + words.joined(separator: "  "),
      String(
        format: "reading    %.1f GB/s from memory, %.1f GB/s from a core's cache", peaks.memoryGbs, peaks.cacheGbs),
    ]
  }

  private static func lines(_ nodes: [Node], _ peaks: Peaks) -> [String] {
    let sum = nodes.reduce(0) { $0 + $1.medianMs }
    let rows = nodes.map { node in
      let share = String(format: "%5.1f %%", sum > 0 ? 100 * node.medianMs / sum : 0)
      let rate =
        node.products > 0
        ? String(format: "%7.1f GMAC/s %5.1f %%", node.gmacs, 100 * node.shareOfPeak(peaks)) : column("", 22)
      let read = node.weightBytes > 0 ? String(format: "%6.1f GB/s", node.weightGbs) : column("", 11)
      let plan = column(node.plan, 22)
      return "  \(words(node.medianMs)) \(share) \(rate) \(read)  \(plan)  \(node.operation)  \(node.name)"
    }
    return [
      "",
      "node by node: median, share of the sum, products as if computed directly and their share of the peak, weights read",
    ] + rows + ["  \(words(sum))  sum"]
  }

  private static func percentiles(_ sample: Sample) -> String {
    "p50 \(words(sample.median))  p90 \(words(sample.percentile(90)))  p99 \(words(sample.percentile(99)))"
  }

  private static func words(_ milliseconds: Double) -> String { String(format: "%.3f ms", milliseconds) }

  private static func column(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func counted(_ count: Int, _ noun: String, _ nouns: String? = nil) -> String {
    count == 1 ? "1 \(noun)" : "\(count) \(nouns ?? noun + "s")"
  }
}
