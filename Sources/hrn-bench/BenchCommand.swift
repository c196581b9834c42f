import ArgumentParser
import Foundation
import HRNCompiler
import HRNRuntime

/// `hrn-bench MODEL`.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hrn-bench",
    abstract: "Time a compiled model on this machine: load, first inference, latency, memory, node by node.",
    discussion: """
      Examples:
        hrn-bench birds.int8.hrn
        hrn-bench birds.int8.hrn --threads 1 --cpu avx2 --nodes
        hrn-bench birds.int8.hrn --json | jq .latencies_ms

      An inference is from pixels in memory to outputs in memory; pictures are not decoded. Times are of the monotonic \
      clock, each run on its own.

      Exit status: 0 done, 64 usage, 65 bad input, 66 missing input, 70 a defect of ours, 74 writing failed.
      """,
    version: CompilerVersion.current)

  @Argument(help: "A file that hrn-compile wrote.", completion: .file(extensions: ["hrn"]))
  var model: String

  @Option(help: ArgumentHelp("Timed runs.", valueName: "count"))
  var runs = 100

  @Option(help: ArgumentHelp("Runs before the timed ones, after the first.", valueName: "count"))
  var warmup = 10

  @Option(help: ArgumentHelp("Threads. Without it: what the machine grants, at most 4.", valueName: "count"))
  var threads: Int?

  @Option(help: "The best kernels to use: scalar, avx2, avxvnni or avx512vnni.")
  var cpu: CPUName?

  @Flag(help: "Time each node, in as many further runs.")
  var nodes = false

  @Flag(help: "Print JSON to standard output.")
  var json = false

  func run() throws {
    if runs < 1 { throw CommandFailure(.usage, "--runs is \(runs), expected 1 or more") }
    if warmup < 0 { throw CommandFailure(.usage, "--warmup is \(warmup), expected 0 or more") }
    if let threads, threads < 1 { throw CommandFailure(.usage, "--threads is \(threads), expected 1 or more") }
    let options = SessionOptions(threads: threads, cpu: cpu?.tier ?? .best)
    let benchmark = try Benchmark(model: model, options: options)
    let report = try benchmark.measure(runs: runs, warmup: warmup, nodes: nodes)
    let text = json ? report.json : report.text
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
      throw CommandFailure(.inputOutput, "standard output: cannot be written")
    }
  }
}

/// A CPU tier as it is written on the command line.
struct CPUName: ExpressibleByArgument {
  let tier: CPUTier
  static var allValueStrings: [String] { CPUTier.allCases.map(\.name) }

  init?(argument: String) {
    guard let tier = CPUTier.allCases.first(where: { $0.name == argument }) else { return nil }
    self.tier = tier
  }
}
