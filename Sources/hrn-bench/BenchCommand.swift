import ArgumentParser
import Foundation
import HRNCommandLine
import HRNCompiler
import HRNFormat
import HRNImport
import HRNRuntime

/// `hrn-bench MODEL`.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hrn-bench",
    abstract: "Time a compiled model on this machine: start, latency, memory, node by node, against another.",
    usage: """
      hrn-bench MODEL [options]
      hrn-bench MODEL OTHER [options]
      hrn-bench --synthetic NAME [--size N] [--precision P] [-o FILE] [options]
      """,
    discussion: """
      Examples:
        hrn-bench birds.int8.hrn
        hrn-bench birds.int8.hrn --threads 1 --cpu avx2 --nodes
        hrn-bench birds.int8.hrn --input photo.jpg       decoding and resizing too
        hrn-bench before.hrn after.hrn                   in turns: which is faster
        hrn-bench birds.int8.hrn --competing 1           beside a busy process
        hrn-bench --synthetic resnet50-hrn --size 448    made up from a seed
        hrn-bench birds.int8.hrn --json | jq .latencies_ms

      An inference is from pixels in memory to outputs in memory. Times are of the monotonic clock, each run on its own. \
      A start is of hrn-run, if it lies beside this command, from before the process exists to its first result.

      Exit status: 0 done, 64 usage, 65 bad input, 66 missing input, 70 a defect of ours, 73 the output cannot be \
      created or exists, 74 reading or writing failed, or memory or threads are missing.
      """,
    version: CompilerVersion.current)

  @Argument(
    help: "Files that hrn-compile wrote: one, or two to compare.", completion: .file(extensions: ["hrn"]))
  var models: [String] = []

  @Option(help: ArgumentHelp("Timed runs.", valueName: "count"))
  var runs = 100

  @Option(help: ArgumentHelp("Runs before the timed ones, after the first.", valueName: "count"))
  var warmup = 10

  @Option(help: ArgumentHelp("Processes started to time a start and its memory.", valueName: "count"))
  var starts = 3

  @Option(help: ArgumentHelp("Threads. Without it: what the machine grants, at most 4.", valueName: "count"))
  var threads: Int?

  @Option(help: "The best kernels to use, where the machine has them.")
  var cpu: CPUName?

  @Option(
    help: ArgumentHelp(
      "Run on a JPEG, and time its preparation too; or on float32 numbers [C, H, W].", valueName: "file"),
    completion: .file())
  var input: String?

  @Option(
    help: ArgumentHelp("Write all outputs of the model, float32, one after another.", valueName: "file"),
    completion: .file())
  var outputs: String?

  @Flag(help: "Time each node, in as many further runs, and measure what this machine can do at most.")
  var nodes = false

  @Option(
    help: ArgumentHelp(
      "Time it also beside this many busy processes, on the first cores, one each.", valueName: "count"))
  var competing = 0

  @Option(
    help: ArgumentHelp(
      "Make up a network of the shapes of a real one, and compile it.", valueName: "name"))
  var synthetic: SyntheticNetwork?

  @Option(help: ArgumentHelp("Side of its images, in pixels. Without it: 224.", valueName: "pixels"))
  var size: Int?

  @Option(help: "Its precision: float32, bfloat16 or int8. Without it: int8.")
  var precision: PrecisionName?

  @Option(
    help: ArgumentHelp(
      "The machines to choose its int8 weights for, as in hrn-compile. Without it: portable.", valueName: "name"))
  var target: TargetName?

  @Option(
    help: ArgumentHelp(
      "What of it to compute approximately in int8, as in hrn-compile, but however far from float it is: gsb or none.",
      valueName: "where"))
  var approximate: PlanOptions.Approximated?

  @Option(help: ArgumentHelp("What its numbers come from. Without it: 1.", valueName: "number"))
  var seed: UInt64?

  @Option(
    name: [.short, .long], help: ArgumentHelp("Keep it, compiled.", valueName: "file"),
    completion: .file(extensions: ["hrn"]))
  var output: String?

  @Option(
    help: ArgumentHelp("Keep it as hrn-compile reads it.", valueName: "file"), completion: .file(extensions: ["hrn"]))
  var writeSource: String?

  @Flag(help: "Replace outputs that exist.")
  var force = false

  @Flag(help: "Print one line of JSON to standard output.")
  var json = false

  /// Of a process that another starts: keep this CPU busy.
  @Option(help: .hidden)
  var competesOn: Int32?

  func run() throws {
    if let competesOn { Competitors.spin(on: competesOn) }
    try check()
    let made = try synthetic.map {
      try SyntheticModel(network: $0, size: size ?? Self.syntheticSize, seed: seed ?? 1).file(for: self)
    }
    defer { made?.remove() }
    let setup = Setup(threads: threads, cpu: cpu?.tier ?? .best, input: input, outputs: outputs, replacesOutputs: force)
    let files = made.map { [$0] } ?? models.map { ModelUnderTest(path: $0) }
    let subjects = try files.map { (file) throws(CommandFailure) in try Subject(file, setup) }
    let benchmark = Benchmark(subjects: subjects, setup: setup, runs: runs, warmup: warmup)
    let report = try benchmark.measure(starts: starts, nodes: nodes, competing: competing)
    try Terminal.put(json ? report.json : report.text)
  }

  /// The side of a made-up network's images where none is asked for.
  private static let syntheticSize = 224

  /// Refuses what contradicts itself, or could not be written, before anything is measured.
  private func check() throws(CommandFailure) {
    let counts = [("--runs", runs, 1), ("--warmup", warmup, 0), ("--starts", starts, 0), ("--competing", competing, 0)]
    for (name, value, least) in counts where value < least {
      throw CommandFailure(.usage, "\(name) is \(value), expected \(least) or more")
    }
    if let threads { try Terminal.check(threads: threads) }
    try synthetic == nil ? checkModels() : checkSynthetic()
    let files = [output, writeSource, outputs].compactMap { $0 }
    for (index, file) in files.enumerated() where files[..<index].contains(where: { Terminal.isSame($0, file) }) {
      throw CommandFailure(.usage, "\(file): is named twice; give each output a name of its own")
    }
    if let outputs {
      for model in models where Terminal.isSame(outputs, model) {
        throw CommandFailure(.cannotCreate, "\(outputs): is the model that is measured; give another name")
      }
      try Terminal.refuse(outputs, force: force)
    }
  }

  private func checkModels() throws(CommandFailure) {
    if models.isEmpty { throw CommandFailure(.usage, "name a model, or one to make up with --synthetic") }
    if models.count > 2 { throw CommandFailure(.usage, "\(models.count) models are named, expected one or two") }
    if models.count == 2, outputs != nil { throw CommandFailure(.usage, "--outputs is of one model") }
    let ofSynthetic = [
      ("size", size != nil), ("precision", precision != nil), ("target", target != nil),
      ("approximate", approximate != nil), ("seed", seed != nil), ("output", output != nil),
      ("write-source", writeSource != nil),
    ]
    for (name, isGiven) in ofSynthetic where isGiven {
      throw CommandFailure(.usage, "--\(name) is for what --synthetic makes; leave it out for '\(models[0])'")
    }
  }

  private func checkSynthetic() throws(CommandFailure) {
    if !models.isEmpty { throw CommandFailure(.usage, "--synthetic makes its model; leave out '\(models[0])'") }
    if let size, size < SyntheticNetwork.leastSize || size > Limits.pictureSide {
      throw CommandFailure(
        .usage, "--size is \(size), expected \(SyntheticNetwork.leastSize) to \(Limits.pictureSide)")
    }
    if approximate == .gsb, let precision, precision.value != .int8 {
      throw CommandFailure(.usage, "--approximate is for int8, and --precision asks for \(precision.value.name)")
    }
  }
}
